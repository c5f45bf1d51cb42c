"""Errors as documents: one table of codes, and what a denied caller is told."""

from collections.abc import Mapping, MutableMapping
from http import HTTPStatus
from typing import Any, TypeAlias

from keyreeve.api import query, representation
from keyreeve.api.query import Style
from keyreeve.api.representation import Reply
from keyreeve.domain.decision import Reason
from keyreeve.domain.errors import Refusal
from keyreeve.judge import denial
from keyreeve.judge.verdict import Verdict

Rendered: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes]

STATUS: Mapping[str, int] = {
    "ATTRIBUTE_READ_ONLY": 400,
    "BAD_WHITELIST_ADD_REQUEST": 400,
    "CANNOT_REMOVE_CALLER_FROM_WHITELIST": 400,
    "GROUP_MISMATCH": 400,
    "INVALID_API_KEY_DESC": 400,
    "INVALID_ATTRIBUTE": 400,
    "INVALID_EMAIL_ADDRESS": 400,
    "INVALID_IP_ADDRESS_OR_CIDR_NOTATION": 400,
    "INVALID_JSON": 400,
    "INVALID_JSON_ATTRIBUTE": 400,
    "INVALID_QUERY_PARAMETER": 400,
    "INVALID_USER": 400,
    "INVALID_USERNAME": 400,
    "MISSING_ATTRIBUTE": 400,
    "MISSING_ONE_OF_ATTRIBUTES": 400,
    "ROLE_NEEDS_GROUP_ID": 400,
    "ROLE_NEEDS_NO_GROUP_ID": 400,
    "UNSUPPORTED_ROLE": 400,
    "WEAK_PASSWORD": 400,
    "WHITELIST_LIMIT_REACHED": 400,
    "CANNOT_CREATE_FIRST_USER_USERS_ALREADY_EXIST": 403,
    "CANNOT_DEMOTE_LAST_OWNER": 403,
    "GROUP_PUBLIC_API_DISABLED": 403,
    "IP_ADDRESS_NOT_ON_WHITELIST": 403,
    "MAX_PUBLIC_API_KEY_REACHED": 403,
    "RESOURCE_REQUIRES_WHITELIST": 403,
    "USER_UNAUTHORIZED": 403,
    "API_KEY_NOT_FOUND": 404,
    "DECISION_NOT_FOUND": 404,
    "EVENT_NOT_FOUND": 404,
    "GROUP_NOT_FOUND": 404,
    "ORG_NOT_FOUND": 404,
    "RESOURCE_NOT_FOUND": 404,
    "USER_NOT_FOUND": 404,
    "USER_NOT_IN_GROUP": 404,
    "WHITELIST_NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "REQUEST_TIMEOUT": 408,
    "GROUP_ALREADY_EXISTS": 409,
    "SETUP_OVER": 409,
    "USER_ALREADY_EXISTS": 409,
    "USER_DISABLED": 409,
    "PRECONDITION_FAILED": 412,
    "REQUEST_BODY_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "RATE_LIMITED": 429,
}
"""The status of every code that a refusal or a denial carries."""

JSON = (b"content-type", b"application/json")


def answer(refusal: Refusal, style: Style, verdict: Verdict | None = None) -> Rendered:
    """Say a refusal; a 403 with the decision that had let the request through to it."""
    status = STATUS[refusal.code]
    document = _document(status, refusal.code, str(refusal), list(refusal.parameters))
    if status == HTTPStatus.FORBIDDEN and verdict is not None:
        document |= {"address": _seen(verdict), "decision": verdict.decision_id}
    return status, [JSON], representation.encode(Reply(status, document), style)


def render(verdict: Verdict, scope: MutableMapping[str, Any]) -> Rendered:
    """Say a denial: what it was, and for a 403 which rule said no and what address we saw."""
    reason, detail, parameters, address = denial.tell(verdict, scope["raw_path"].decode("latin-1"))
    status, headers = STATUS[reason.code], [JSON]
    document = _document(status, reason.code, detail, list(parameters))
    if status == HTTPStatus.FORBIDDEN:
        document |= {"address": address, "decision": verdict.decision_id, "rule": reason.rule}
    if reason is Reason.METHOD_NOT_ALLOWED:
        headers = [JSON, (b"allow", ", ".join(verdict.allowed_methods).encode())]
    style = query.style(scope["query_string"])
    return status, headers, representation.encode(Reply(status, document), style)


def _document(status: int, code: str, detail: str, parameters: list[str | int]) -> dict[str, Any]:
    return {
        "detail": detail,
        "error": status,
        "errorCode": code,
        "parameters": parameters,
        "reason": HTTPStatus(status).phrase,
    }


def _seen(verdict: Verdict) -> str:
    return "unknown" if verdict.address is None else str(verdict.address)
