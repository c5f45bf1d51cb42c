"""Denials of the middleware: in the same words and members as those of the public API."""

from collections.abc import Mapping
from http import HTTPStatus

from keyreeve.domain.decision import Reason
from keyreeve.enforcement import answers
from keyreeve.enforcement.answers import Answer
from keyreeve.enforcement.incoming import Scope
from keyreeve.judge import denial
from keyreeve.judge.verdict import Verdict

STATUS: Mapping[Reason, int] = {
    Reason.OPERATION_UNKNOWN: 404,
    Reason.METHOD_NOT_ALLOWED: 405,
    Reason.GROUP_NOT_FOUND: 404,
    Reason.USER_NOT_FOUND: 404,
    Reason.GROUP_PUBLIC_API_DISABLED: 403,
    Reason.ROLE_MISSING: 403,
    Reason.OWNER_REQUIRED: 403,
    Reason.WHITELIST_EMPTY: 403,
    Reason.ADDRESS_NOT_LISTED: 403,
}
"""What a proven caller is told, by the rule that said no."""


def render(verdict: Verdict, scope: Scope) -> Answer:
    """Say a denial: what it was, and for a 403 which rule said no and what address we saw."""
    told = denial.tell(verdict, scope["raw_path"].decode("latin-1"))
    status = STATUS[told.reason]
    further: dict[str, object] = {}
    if status == HTTPStatus.FORBIDDEN:
        further = {
            "address": told.address,
            "decision": verdict.decision_id,
            "rule": told.reason.rule,
        }
    answer = answers.document(
        status, told.reason.code, told.detail, parameters=told.parameters, further=further
    )
    if told.reason is Reason.METHOD_NOT_ALLOWED:
        allow = (b"allow", ", ".join(verdict.allowed_methods).encode())
        return answer._replace(headers=[*answer.headers, allow])
    return answer
