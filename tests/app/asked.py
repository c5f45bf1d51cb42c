"""Asking an ASGI application of a test directly."""

import json
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Message


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[bytes, bytes]
    document: Any


async def ask(app: ASGIApp, path: str, method: str = "GET") -> Answer:
    """Ask for a path, without a server."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 4711),
    }
    await app(scope, receive, send)
    start, body = sent
    text, headers = body["body"], dict(start["headers"])
    is_document = text and headers[b"content-type"] == b"application/json"
    return Answer(start["status"], headers, json.loads(text) if is_document else None)
