import asyncio
from typing import Any

import pytest

from app.asked import ask
from enforcement.serving import IDS
from keyreeve.enforcement.callers import Callers
from keyreeve.enforcement.open_paths import OpenPaths
from keyreeve.protocol import address
from keyreeve.protocol.forwarded import Source


class App:
    def __init__(self, status: int) -> None:
        self.status = status
        self.scopes: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def paths(door: App, opened: App, **options: Any) -> OpenPaths:
    return OpenPaths(door, {"/api/open": opened}, new_id=lambda: IDS, **options)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/open", 201),
        ("/api/open/", 201),
        ("/api/open//", 299),
        ("/api/%6Fpen", 299),
        ("/api/open/x", 299),
        ("/api", 299),
        ("/", 299),
    ],
)
def test_only_exactly_these_paths_are_open(path: str, status: int) -> None:
    door, opened = App(299), App(201)
    answer = asyncio.run(ask(paths(door, opened), path))
    assert answer.status == status
    assert len(door.scopes) == (status == 299)


def test_answers_are_marked_and_the_caller_is_known() -> None:
    opened = App(201)
    answer = asyncio.run(ask(paths(App(299), opened), "/api/open"))
    assert answer.headers[b"x-request-id"] == IDS.encode()
    assert answer.headers[b"cache-control"] == b"no-store"
    assert opened.scopes[0]["keyreeve.caller"] == address.parse_address("127.0.0.1")


def test_the_caller_is_found_as_at_the_door() -> None:
    opened = App(201)
    believing = Callers(Source.X_REAL_IP, [address.parse_network("127.0.0.0/8")])
    app = paths(App(299), opened, callers=believing)

    async def asked() -> None:
        scope = {
            "type": "http", "http_version": "1.1", "method": "GET", "path": "/api/open",
            "raw_path": b"/api/open", "query_string": b"", "client": ("127.0.0.1", 1),
            "headers": [(b"host", b"a"), (b"x-real-ip", b"192.0.2.1")],
        }  # fmt: skip

        async def send(_message: Any) -> None:
            pass

        await app(scope, None, send)  # type: ignore[arg-type]

    asyncio.run(asked())
    assert str(opened.scopes[0]["keyreeve.caller"]) == "192.0.2.1"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"headers": [(b"host", b"a"), (b"host", b"b")]}, "HOST_INVALID"),
        ({"headers": [(b"authorization", b"a")] * 2}, "AUTHORIZATION_REPEATED"),
        ({"keyreeve.target": b"/api//open"}, "TARGET_NOT_CANONICAL"),
    ],
)
def test_what_no_door_would_read_is_refused(changes: dict[str, Any], code: str) -> None:
    opened = App(201)
    app = paths(App(299), opened)

    async def changed(scope: Any, receive: Any, send: Any) -> None:
        await app(scope | changes, receive, send)

    answer = asyncio.run(ask(changed, "/api/open"))
    assert (answer.status, answer.document["errorCode"]) == (400, code)
    assert not opened.scopes


def test_the_lifespan_is_the_doors() -> None:
    seen = []

    async def door(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["type"])

    asyncio.run(OpenPaths(door, {}, new_id=str)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen == ["lifespan"]
