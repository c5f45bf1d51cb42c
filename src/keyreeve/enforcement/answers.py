"""What a door says by itself: bodies that are the same for everyone, whatever stands behind it."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any, NamedTuple, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]


class Answer(NamedTuple):
    """A whole answer: status, header fields and body."""

    status: int
    headers: Headers
    body: bytes


UNAUTHORIZED_BODY = (
    b'{"reason":"Unauthorized","error":401,"detail":"You are not authorized for this resource."}'
)
"""Clients know a failed digest by this body without an errorCode; it tells nothing else."""

PROBLEMS: dict[str, tuple[int, str]] = {
    "TARGET_NOT_CANONICAL": (400, "The request target is not in its one canonical spelling."),
    "TARGET_FORM_UNSUPPORTED": (400, "The request target must start with exactly one slash."),
    "AUTHORIZATION_REPEATED": (400, "There is more than one Authorization field."),
    "HOST_INVALID": (400, "There must be exactly one Host field, and it must name a host."),
    "REQUEST_MALFORMED": (400, "This is not a well-formed HTTP/1.1 request."),
    "REQUEST_TIMEOUT": (408, "The header of the request did not arrive in time."),
    "TOO_EARLY": (425, "A whitelisted operation is not accepted as early data."),
    "RATE_LIMITED": (429, "Too many requests. Wait as many seconds as Retry-After says."),
    "REQUEST_HEADER_TOO_LARGE": (431, "The header of the request is too large."),
    "UNEXPECTED_ERROR": (500, "An unexpected error occurred; the request was not let through."),
}
"""Every code a door gives by itself, with its status and sentence."""

_JSON = (b"content-type", b"application/json")
_REQUEST_ID = b"x-request-id"
_CACHE_CONTROL = b"cache-control"


def problem(code: str) -> Answer:
    """Say one of the door's own problems."""
    status, detail = PROBLEMS[code]
    return document(status, code, detail)


def document(
    status: int,
    code: str,
    detail: str,
    *,
    parameters: Iterable[str] = (),
    further: Mapping[str, object] | None = None,
) -> Answer:
    """Say what is wrong as a document, in the members that all our documents have."""
    members = {
        "detail": detail,
        "error": status,
        "errorCode": code,
        "parameters": list(parameters),
        "reason": HTTPStatus(status).phrase,
        **(further or {}),
    }
    return Answer(status, [_JSON], json.dumps(members, separators=(",", ":")).encode())


def throttled(seconds: int) -> Answer:
    """Ask to come again later (RFC 6585, section 4)."""
    status, headers, body = problem("RATE_LIMITED")
    return Answer(status, [*headers, (b"retry-after", str(seconds).encode())], body)


def challenge(values: tuple[str, ...]) -> Answer:
    """Ask for proof, with one WWW-Authenticate field for each algorithm on offer."""
    asked = [(b"www-authenticate", value.encode("latin-1")) for value in values]
    return Answer(401, [_JSON, *asked], UNAUTHORIZED_BODY)


async def give(answer: Answer, send: Send, *, head: bool) -> None:
    """Send a whole answer; to HEAD without its body (RFC 9110, section 9.3.2)."""
    length = (b"content-length", str(len(answer.body)).encode())
    start = {"status": answer.status, "headers": [*answer.headers, length]}
    await send({"type": "http.response.start", **start})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})


def marked(send: Send, request_id: str, told: Iterable[tuple[bytes, bytes]] = ()) -> Send:
    """Return a `send` that marks answers: fresh request id, not to be stored, varying by caller.

    `told` is what else the caller is told.
    """
    ours = [(_REQUEST_ID, request_id.encode()), (b"vary", b"Authorization"), *told]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            fields = [*message.get("headers", ()), *ours]
            names = [name for name, _ in fields]
            if _CACHE_CONTROL not in names:
                fields.append((_CACHE_CONTROL, b"no-store"))
            if names.count(_REQUEST_ID) > 1:
                fields = [field for field in fields if field[0] != _REQUEST_ID or field == ours[0]]
            message = {**message, "headers": fields}
        await send(message)

    return sending
