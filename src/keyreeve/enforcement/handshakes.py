"""Handshakes of websockets: refused with a real answer where the server can give one."""

from keyreeve.enforcement import answers
from keyreeve.enforcement.answers import Message, Send
from keyreeve.enforcement.incoming import Scope
from keyreeve.judge.verdict import Verdict

EXTENSION = "websocket.http.response"
"""Of ASGI: the answer to a handshake that is not accepted."""
POLICY_VIOLATION = 1008
"""RFC 6455, section 7.4.1."""

CODE = "WEBSOCKET_NOT_DECLARED"
NOT_DECLARED = answers.document(403, CODE, "This operation is not declared to answer a websocket.")


def declared(verdict: Verdict) -> bool:
    """Tell whether the operation called may become a websocket."""
    return verdict.match is not None and verdict.match.operation.websocket


def answering(scope: Scope, send: Send) -> Send:
    """Return a `send` that says the answer to a request as the answer to a handshake.

    Where the server knows no such answer it closes, which is said as 403 without a body.
    """
    able = EXTENSION in (scope.get("extensions") or {})

    async def sending(message: Message) -> None:
        if able:
            await send({**message, "type": f"websocket.{message['type']}"})
        elif message["type"] == "http.response.start":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})

    return sending
