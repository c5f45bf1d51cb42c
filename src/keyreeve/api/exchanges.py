"""Exchanges: every status that an operation may answer with, and the codes that go with it."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, get_args, get_origin

import msgspec

from keyreeve.api.problems import STATUS
from keyreeve.domain.operation import Operation

Door: TypeAlias = Mapping[str, tuple[int, str]]
"""What the door in front of the API says by itself: code, status and sentence."""

_EVERYWHERE = (
    "AUTHORIZATION_REPEATED",
    "HOST_INVALID",
    "INVALID_QUERY_PARAMETER",
    "PRECONDITION_FAILED",
    "RATE_LIMITED",
    "REQUEST_HEADER_TOO_LARGE",
    "REQUEST_MALFORMED",
    "REQUEST_TIMEOUT",
    "TARGET_FORM_UNSUPPORTED",
    "TARGET_NOT_CANONICAL",
    "UNEXPECTED_ERROR",
)
_PROVEN = ("GROUP_PUBLIC_API_DISABLED", "USER_UNAUTHORIZED")
_WHITELISTED = ("IP_ADDRESS_NOT_ON_WHITELIST", "RESOURCE_REQUIRES_WHITELIST", "TOO_EARLY")
_WITH_BODY = (
    "INVALID_ATTRIBUTE",
    "INVALID_JSON",
    "INVALID_JSON_ATTRIBUTE",
    "REQUEST_BODY_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
)


def errors(operation: Operation, door: Door, *, guarded: bool = True) -> Mapping[int, list[str]]:
    """Return the codes that an operation may answer with, by status, both in order."""
    found: dict[int, list[str]] = {}
    for code in sorted(set(_codes(operation, guarded=guarded))):
        found.setdefault(status(code, door), []).append(code)
    return dict(sorted(found.items()))


def status(code: str, door: Door) -> int:
    """Return the status of a code."""
    return STATUS[code] if code in STATUS else door[code][0]


def attributes(kind: Any) -> Any:  # noqa: ANN401  a type
    """Return the type of one object of a body: of the body itself, or of what it lists."""
    return get_args(kind)[0] if get_origin(kind) is list else kind


def _codes(operation: Operation, *, guarded: bool) -> Iterator[str]:
    yield from operation.errors
    yield from _EVERYWHERE
    if guarded:
        yield from _PROVEN
    if operation.group is not None:
        yield "GROUP_NOT_FOUND"
    if operation.user is not None:
        yield "USER_NOT_FOUND"
    if operation.whitelisted:
        yield from _WHITELISTED
    if operation.body is not None:
        yield from _WITH_BODY
        kind = attributes(operation.body)
        if kind.read_only:
            yield "ATTRIBUTE_READ_ONLY"
        _, parts = msgspec.json.schema_components([kind])
        if any(part.get("required") for part in parts.values()):
            yield "MISSING_ATTRIBUTE"
