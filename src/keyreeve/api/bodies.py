"""Reading a body: declared as JSON, not too large, not too slow."""

import asyncio
import re

from starlette.requests import Request

from keyreeve.api.refusals import BodyTooLarge, BodyTooSlow, UnsupportedMediaType

SIZE_LIMIT = 1024 * 1024
SECONDS = 30

_JSON = re.compile(r"application/(?:json|vnd\.[a-z0-9!#$&^_.+-]+\+json)")
_CHARSETS = ("utf-8", "utf8", "us-ascii")


async def read(request: Request) -> bytes:
    """Return the body of a request.

    Raises:
        UnsupportedMediaType: it is not declared as JSON.
        BodyTooLarge: it is, or says it is, larger than 1 MiB.
        BodyTooSlow: it did not arrive in time.
    """
    _check_type(request)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > SIZE_LIMIT:
        raise BodyTooLarge(SIZE_LIMIT)
    try:
        async with asyncio.timeout(SECONDS):
            return await _collect(request)
    except TimeoutError:
        raise BodyTooSlow(SECONDS) from None


async def _collect(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > SIZE_LIMIT:
            raise BodyTooLarge(SIZE_LIMIT)
    return bytes(body)


def _check_type(request: Request) -> None:
    declared = request.headers.getlist("content-type")
    coding = request.headers.get("content-encoding", "identity")
    if len(declared) != 1:
        raise UnsupportedMediaType("not declared" if not declared else "declared twice")
    if not _is_json(declared[0].lower()):
        raise UnsupportedMediaType(declared[0])
    if coding.lower() != "identity":
        raise UnsupportedMediaType(f"{declared[0]}, {coding}")


def _is_json(declared: str) -> bool:
    kind, *parameters = (part.strip() for part in declared.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "charset" and value.strip('"') not in _CHARSETS:
            return False
    return _JSON.fullmatch(kind) is not None
