"""The entrance: every path to its door."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from app.asked import ask
from keyreeve.app.entrance import Entrance
from keyreeve.app.health import Health
from keyreeve.storage.database import Database


async def door(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": [(b"a", b"b")]})
    await send({"type": "http.response.body", "body": b""})


async def console(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 298, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def entrance(opened: Database) -> Entrance:
    return Entrance(door, bases=("/api/v1", "/other/v1"), health=Health(opened), console=console)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/livez", 200),
        ("/readyz", 200),
        ("/api/v1", 299),
        ("/api/v1/", 299),
        ("/api/v1/groups", 299),
        ("/other/v1/groups/%2E", 299),
        ("/", 298),
        ("/settings", 298),
        ("/nothing", 298),
        ("/apis", 298),
        ("/api", 404),
        ("/api/v11", 404),
        ("/livez/", 298),
        ("/API/V1", 298),
        ("/a//b", 400),
        ("/a/../api/v1", 400),
        ("/%61pi/v1", 400),
    ],
)
def test_a_path_leads_to_its_door(entrance: Entrance, path: str, status: int) -> None:
    assert asyncio.run(ask(entrance, path)).status == status


def test_where_nothing_is_the_answer_is_a_document_with_a_code(entrance: Entrance) -> None:
    answer = asyncio.run(ask(entrance, "/api/nothing"))
    assert answer.document == {
        "detail": "Cannot find resource /api/nothing.",
        "error": 404,
        "errorCode": "RESOURCE_NOT_FOUND",
        "parameters": ["/api/nothing"],
        "reason": "Not Found",
    }
    assert answer.headers[b"content-type"] == b"application/json"
    assert asyncio.run(ask(entrance, "/api/nothing", "HEAD")).document is None


def test_once_it_drains_every_answer_ends_its_connection(entrance: Entrance) -> None:
    assert b"connection" not in asyncio.run(ask(entrance, "/api/v1")).headers
    entrance.drain()
    for path in ("/api/v1", "/readyz", "/nothing"):
        assert asyncio.run(ask(entrance, path)).headers[b"connection"] == b"close"
    assert asyncio.run(ask(entrance, "/readyz")).status == 503
