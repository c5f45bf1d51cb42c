"""What the API says of itself to everybody: its OpenAPI document."""

import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, TypeAlias

import msgspec
from starlette.datastructures import Headers

from keyreeve.api import entity_tags, first_user, openapi, problems
from keyreeve.api.application import operations
from keyreeve.api.exchanges import Door
from keyreeve.domain.decision import Deny, Reason
from keyreeve.judge.verdict import Verdict

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/openapi.json"

_METHODS = ("GET", "HEAD")


class Published:
    """Answers under one path, without proof, with one document that never changes."""

    def __init__(self, door: Door) -> None:
        document = openapi.document(operations, (first_user.operation,), door)
        self._body = msgspec.json.encode(document)
        self._tag = f'"{hashlib.sha256(self._body).hexdigest()[:32]}"'

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Serve one request."""
        status, headers, body = self._answer(scope)
        if status != HTTPStatus.NOT_MODIFIED:
            headers = [*headers, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        sent = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": sent})

    def _answer(self, scope: Scope) -> problems.Rendered:
        if scope["method"] not in _METHODS:
            other = Verdict(Deny(Reason.METHOD_NOT_ALLOWED), allowed_methods=_METHODS)
            return problems.render(other, scope)
        # It is the same for everybody, and not for ever: let it be asked for again.
        headers = [(b"etag", self._tag.encode()), (b"cache-control", b"no-cache")]
        if entity_tags.read(Headers(raw=scope["headers"])).known(self._tag):
            return HTTPStatus.NOT_MODIFIED, headers, b""
        return 200, [problems.JSON, *headers], self._body
