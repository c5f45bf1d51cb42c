"""The access log: one line for each request, and an answer for each bug."""

import json
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keyreeve.domain.edge import Edge

LONGEST_TARGET = 2048
LONGEST_ODD_TARGET = 300
"""Of a target whose every character may be escaped: a line stays one write to a pipe."""

_REQUEST_ID = b"x-request-id"
_UNEXPECTED = {
    "error": 500,
    "reason": HTTPStatus.INTERNAL_SERVER_ERROR.phrase,
    "errorCode": "UNEXPECTED_ERROR",
}


class AccessLog:
    """Gives each request an id, writes its line, and answers 500 where the application broke.

    A header never gets into a line: Authorization is one of them.
    """

    def __init__(self, app: ASGIApp, edge: Edge) -> None:
        self._app = app
        self._edge = edge
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(self._edge, send)
        started = time.perf_counter()
        try:
            await self._app(scope, receive, exchange.send)
        except Exception:
            self._log.exception("request failed", request_id=exchange.request_id)
            if exchange.status:
                raise
            await exchange.apologize()
        finally:
            took = (time.perf_counter() - started) * 1000
            # A full disk under the log fails no request.
            with suppress(OSError):
                self._log.info("request", **_line(scope, exchange), ms=round(took, 2))


class _Exchange:
    """One request on its way out, under the id that its door gave it, or else one of ours."""

    def __init__(self, edge: Edge, send: Send) -> None:
        self.request_id = edge.new_id()
        self.status = 0
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message.get("headers", ())
            given = next((value for name, value in headers if name == _REQUEST_ID), None)
            if given is None:
                message["headers"] = [*headers, (_REQUEST_ID, self.request_id.encode())]
            else:
                self.request_id = given.decode("latin-1")
        await self._send(message)

    async def apologize(self) -> None:
        """Answer a bug: what broke stands in the log, under the id that the caller gets."""
        detail = f"Unexpected error. The log knows more of request {self.request_id}."
        document = _UNEXPECTED | {"detail": detail, "parameters": [self.request_id]}
        body = json.dumps(document).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def _line(scope: Scope, exchange: _Exchange) -> dict[str, Any]:
    """Say who asked for what, and what became of it."""
    verdict = scope.get("keyreeve.verdict") or scope.get("keyreeve")
    client = scope.get("client")
    line: dict[str, Any] = {
        "method": scope["method"],
        "target": _target(scope),
        "status": exchange.status,
        "request_id": exchange.request_id,
        "address": client[0] if client else None,
    }
    if verdict is not None:
        line["address"] = None if verdict.address is None else str(verdict.address)
        line["key_id"] = verdict.key_id
        line["decision_id"] = verdict.decision_id
    return line


def _target(scope: Scope) -> str:
    """Return path and query as they were sent, cut where they are too long for a line."""
    raw: bytes = scope.get("keyreeve.target") or scope["raw_path"] + (
        b"?" + scope["query_string"] if scope["query_string"] else b""
    )
    text = raw.decode("latin-1")
    longest = LONGEST_TARGET if text.isascii() and text.isprintable() else LONGEST_ODD_TARGET
    return text if len(text) <= longest else text[:longest] + "..."
