"""An API inside of the middleware that streams: echo, events, websockets; it says who asked."""

import asyncio
import json
from typing import Any

import keyreeve


async def api(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await _talk(scope, receive, send)
    elif scope["path"] == "/echo":
        await _start(send)
        await _echo(receive, send)
    elif scope["path"] == "/events":
        await _start(send, b"text/event-stream")
        for number in range(3):
            await send(_part(b"data: %d\n\n" % number))
            await asyncio.sleep(0.3)
        await send(_part(b"", more=False))
    else:
        await _start(send, b"application/json")
        await send(_part(json.dumps(_told(scope)).encode(), more=False))


async def _start(send: Any, kind: bytes = b"application/octet-stream") -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})


async def _echo(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        await send(_part(message["body"], more=message["more_body"]))
        if not message["more_body"]:
            return


async def _talk(scope: Any, receive: Any, send: Any) -> None:
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        said = _told(scope) | {"said": message["text"]}
        await send({"type": "websocket.send", "text": json.dumps(said)})


def _told(scope: Any) -> dict[str, Any]:
    verdict = scope["keyreeve"]
    return {
        "user": verdict.subject.username,
        "key": verdict.key_id,
        "decision": verdict.decision_id,
        "address": str(verdict.address),
        "query": scope["query_string"].decode(),
    }


def _part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


app = keyreeve.guard(api)
