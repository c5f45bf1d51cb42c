"""What the gate says: 200, 401 or 403, as bytes, and never a word of the client's as a header."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from urllib.parse import quote

from keyreeve.domain.role import Roles
from keyreeve.domain.subject import Subject
from keyreeve.enforcement import answers
from keyreeve.judge import denial
from keyreeve.judge.shortcut import Passed
from keyreeve.judge.verdict import Verdict

REMEMBERED = 10_000
"""Callers whose identity is kept as bytes."""
LONGEST_PATH = 200
"""Of a path in a denial: proxies give the answer of a gate a small buffer."""

PROBLEMS: dict[str, str] = {
    **{code: detail for code, (_, detail) in answers.PROBLEMS.items()},
    "PEER_NOT_TRUSTED": "Only a trusted proxy may ask here.",
    "FACT_MISSING": "The proxy sends no {0}.",
    "FACT_REPEATED": "The proxy sends more than one {0}.",
    "FACT_MALFORMED": "What the proxy says is malformed: {0}.",
    "REQUEST_BODY_TOO_LARGE": "Nobody sends a body here.",
    "DECISION_TIMEOUT": "There was no decision in time, so the request was not let through.",
    "RATE_LIMITED": "Too many requests. Wait {0} seconds, then try again.",
}
"""Every code that the gate gives by itself, and its sentence."""

# Everything that prints but the space and the escape itself.
_SAFE = "".join(chr(n) for n in range(0x21, 0x7F) if chr(n) != "%")
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nCache-Control: no-store\r\n"
_CLOSE = b"Connection: close\r\n"
_KEPT, _CLOSED = b"\r\n\r\n", b"\r\n" + _CLOSE + b"\r\n"
_UNAUTHORIZED = (
    b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
    b"Content-Length: %d\r\n" % len(answers.UNAUTHORIZED_BODY)
)
_FORBIDDEN = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
    b"Content-Length: %d\r\nKeyreeve-Denial: %b\r\n"
)


class Identities:
    """Says who was let through. All its fields are always there, so that none is the client's."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str | None, str | None], tuple[Subject | None, bytes]] = {}

    def allow(self, verdict: Verdict, *, keep: bool, token: bytes = b"") -> bytes:
        """Write a 200 without a body; `token` is the signed identity, where there is to be one."""
        subject, group = verdict.subject, verdict.group
        group_id = None if group is None else group.id
        key = (id(subject), verdict.key_id, group_id)
        known = self._known.get(key)
        # The subject is held on to, so that no other one can have its number.
        if known is None:
            if subject is None and not verdict.overlooked:
                raise LookupError("an allowed request without a subject")
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = (subject, _identity(subject, verdict.key_id, group_id))
            self._known[key] = known
        end = _KEPT if keep else _CLOSED
        if token:
            end = b"\r\nKeyreeve-Token: " + token + end
        return known[1] + verdict.decision_id.encode() + end


def again(passed: Passed, *, keep: bool) -> bytes:
    """Write a 200 to a caller who goes on as before. All its fields are there as well."""
    grant, _, decision_id, _ = passed
    identity = grant.note
    if not identity:
        group = grant.group
        identity = _identity(grant.subject, grant.key_id, None if group is None else group.id)
        grant.note = identity
    return identity + decision_id.encode() + (_KEPT if keep else _CLOSED)


def challenge(values: Iterable[str], *, keep: bool, head: bool) -> bytes:
    """Write a 401, with one WWW-Authenticate field for each algorithm on offer."""
    fields = b"".join(b"WWW-Authenticate: %b\r\n" % value.encode("latin-1") for value in values)
    return _whole(_UNAUTHORIZED + fields, answers.UNAUTHORIZED_BODY, keep=keep, head=head)


def deny(verdict: Verdict, target: str, *, keep: bool, head: bool) -> bytes:
    """Write a 403 that says which rule said no, and what address we saw."""
    path = target.partition("?")[0]
    shown = path if len(path) <= LONGEST_PATH else path[:LONGEST_PATH] + "..."
    told = denial.tell(verdict, shown)
    code = told.reason.code
    document = {
        "address": told.address,
        "decision": verdict.decision_id,
        "detail": told.detail,
        "errorCode": "OPERATION_UNKNOWN" if code == "RESOURCE_NOT_FOUND" else code,
        "parameters": told.parameters,
        "rule": told.reason.rule,
    }
    decision = b"Keyreeve-Decision: %b\r\n" % verdict.decision_id.encode()
    return _forbidden(document, decision, keep=keep, head=head)


def problem(code: str, *parameters: str, keep: bool, head: bool, further: bytes = b"") -> bytes:
    """Write a 403 that is not a decision: nobody was asked, or nobody answered."""
    detail = PROBLEMS[code].format(*parameters)
    document = {"detail": detail, "errorCode": code, "parameters": parameters}
    return _forbidden(document, further, keep=keep, head=head)


def throttled(seconds: int, *, keep: bool, head: bool) -> bytes:
    """Write a 403 that stands for a 429, which no proxy passes on."""
    further = b"Keyreeve-Status: 429\r\nRetry-After: %d\r\n" % seconds
    return problem("RATE_LIMITED", str(seconds), keep=keep, head=head, further=further)


def roles_that_counted(subject: Subject | None, group_id: str | None) -> Roles:
    """Return the roles that counted: in the group that was named, or everywhere."""
    if subject is None:
        return frozenset()
    return subject.everywhere if group_id is None else subject.roles_in(group_id)


def _identity(subject: Subject | None, key_id: str | None, group_id: str | None) -> bytes:
    """Write the fields that name the caller, up to the id of the decision; nobody is empty."""
    fields = {
        "User": "" if subject is None else subject.username,
        "User-Id": "" if subject is None else subject.user_id,
        "Key-Id": key_id or "",
        "Group": group_id or "",
        "Roles": ",".join(sorted(roles_that_counted(subject, group_id))),
    }
    lines = (f"Keyreeve-{name}: {quote(value, _SAFE)}\r\n" for name, value in fields.items())
    return _OK + "".join(lines).encode("ascii") + b"Keyreeve-Decision: "


def _forbidden(document: Mapping[str, object], further: bytes, *, keep: bool, head: bool) -> bytes:
    status = HTTPStatus.FORBIDDEN
    whole = {**document, "error": int(status), "reason": status.phrase}
    text = json.dumps(whole, separators=(",", ":"), sort_keys=True)
    # JSON escapes all but one of the characters that a field may not hold.
    body = text.replace("\x7f", "\\u007f").encode("ascii")
    return _whole(_FORBIDDEN % (len(body), body) + further, body, keep=keep, head=head)


def _whole(fields: bytes, body: bytes, *, keep: bool, head: bool) -> bytes:
    """End the head; to HEAD there is no body (RFC 9110, section 9.3.2)."""
    return b"%b%b\r\n%b" % (fields, b"" if keep else _CLOSE, b"" if head else body)
