"""The entrance: which part of us a request is for."""

import json
from collections.abc import Sequence
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keyreeve.app.health import PATHS, Health
from keyreeve.enforcement import answers
from keyreeve.protocol import target
from keyreeve.protocol.target import NotCanonical

_JSON = (b"content-type", b"application/json")


class Entrance:
    """Sends health questions to `health`, the API's paths to its door, and people to the console.

    A path that nobody may spell so leads nowhere; nor does one of an API that is not ours.
    """

    def __init__(
        self, door: ASGIApp, *, bases: Sequence[str], health: Health, console: ASGIApp
    ) -> None:
        self._door = door
        self._console = console
        self._bases = tuple(base.encode() for base in bases)
        self._health = health
        self._draining = False

    def drain(self) -> None:
        """Say that we are not ready any more, and close connections after their answers."""
        self._draining = True
        self._health.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        if self._draining:
            send = _closing(send)
        if scope["path"] in PATHS:
            await self._health(scope, receive, send)
        elif self._is_ours(scope["raw_path"]):
            await self._door(scope, receive, send)
        elif _is_of_a_page(scope):
            await self._console(scope, receive, send)
        else:
            await answers.give(_nothing_here(scope), send, head=scope["method"] == "HEAD")

    def _is_ours(self, path: bytes) -> bool:
        return any(path == base or path.startswith(base + b"/") for base in self._bases)


def _closing(send: Send) -> Send:
    """Return a `send` that ends the connection after the answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        await send(message)

    return sending


def _is_of_a_page(scope: Scope) -> bool:
    """Tell whether a path may be the console's: it says what is wrong in a page, not a document."""
    path = scope["raw_path"].decode("latin-1")
    try:
        target.parse(path)
    except NotCanonical:
        return False
    return path != "/api" and not path.startswith("/api/")


def _nothing_here(scope: Scope) -> answers.Answer:
    """Answer for a path where nothing is, or that nobody may spell so."""
    path = scope["raw_path"].decode("latin-1")
    try:
        target.parse(path)
    except NotCanonical:
        return answers.problem("TARGET_NOT_CANONICAL")
    document = {
        "detail": f"Cannot find resource {path}.",
        "error": 404,
        "errorCode": "RESOURCE_NOT_FOUND",
        "parameters": [path],
        "reason": HTTPStatus.NOT_FOUND.phrase,
    }
    body = json.dumps(document, separators=(",", ":")).encode()
    return answers.Answer(404, [_JSON, (b"cache-control", b"no-store")], body)
