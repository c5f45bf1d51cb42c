"""The access log, around applications that answer, break, or name a secret."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import structlog
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from keyreeve.app import access_log
from keyreeve.app.edge import real
from keyreeve.protocol.address import parse_address

EventList = list[Any]


@dataclass
class Verdict:
    key_id: str
    decision_id: str
    address: Any


@pytest.fixture
def events() -> Iterator[EventList]:
    structlog.reset_defaults()
    with capture_logs() as captured:
        yield captured


async def answering(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def breaking(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("broken")


def exchange(app: Any, **scope: Any) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    whole = {
        "type": "http",
        "method": "GET",
        "raw_path": b"/groups",
        "query_string": b"",
        "headers": [(b"authorization", b"Digest secret-of-ada")],
        "client": ("127.0.0.1", 4711),
        **scope,
    }
    asyncio.run(access_log.AccessLog(app, real())(whole, receive, send))
    return sent


def test_a_request_is_one_line_and_its_id_is_in_the_answer(events: EventList) -> None:
    start, _ = exchange(answering, query_string=b"pretty=true")
    (line,) = events
    assert line["method"] == "GET"
    assert line["target"] == "/groups?pretty=true"
    assert line["status"] == 204
    assert line["address"] == "127.0.0.1"
    assert line["ms"] >= 0
    assert dict(start["headers"])[b"x-request-id"].decode() == line["request_id"]


def test_no_header_gets_into_a_line(events: EventList) -> None:
    exchange(answering)
    assert "secret-of-ada" not in str(events)


def test_the_id_that_the_door_gave_is_kept(events: EventList) -> None:
    async def door(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"x-request-id", b"0123")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    (start,) = exchange(door)
    assert [value for name, value in start["headers"] if name == b"x-request-id"] == [b"0123"]
    assert events[0]["request_id"] == "0123"


def test_a_judged_request_names_key_and_decision(events: EventList) -> None:
    verdict = Verdict("k" * 24, "d" * 24, parse_address("192.0.2.1"))
    exchange(answering, keyreeve=verdict)
    assert (events[0]["key_id"], events[0]["decision_id"]) == ("k" * 24, "d" * 24)
    assert events[0]["address"] == "192.0.2.1"


def test_a_bug_is_logged_whole_and_answered_500_with_the_request_id(events: EventList) -> None:
    start, body = exchange(breaking)
    assert start["status"] == 500
    document = json.loads(body["body"])
    failure, line = events
    assert failure["log_level"] == "error"
    assert failure["request_id"] == line["request_id"]
    assert document["errorCode"] == "UNEXPECTED_ERROR"
    assert document["parameters"] == [line["request_id"]]
    assert line["status"] == 500


def test_an_answer_that_breaks_midway_is_not_answered_twice(events: EventList) -> None:
    async def midway(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        exchange(midway)
    assert events[-1]["status"] == 200


@pytest.mark.parametrize(
    ("raw", "longest"),
    [(b"/" + b"a" * 9000, access_log.LONGEST_TARGET), (b"/" + b"\xff" * 9000, 300)],
)
def test_a_long_target_is_cut_so_that_a_line_is_one_write(
    events: EventList, raw: bytes, longest: int
) -> None:
    exchange(answering, raw_path=raw)
    assert len(events[0]["target"]) == longest + 3
    assert len(json.dumps(events[0])) < 4096


def test_what_is_no_request_passes_through(events: EventList) -> None:
    async def lifespan(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "lifespan.startup.complete"})

    assert exchange(lifespan, type="lifespan") == [{"type": "lifespan.startup.complete"}]
    assert events == []
