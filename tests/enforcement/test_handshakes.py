"""A refused handshake gets a whole answer where the server can give one."""

import asyncio
from typing import Any

import pytest

from keyreeve.domain.catalogue import Match
from keyreeve.domain.decision import ALLOW
from keyreeve.domain.operation import Operation
from keyreeve.enforcement import answers, handshakes
from keyreeve.judge.verdict import Verdict


def given(**scope: Any) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    sending = handshakes.answering(scope, send)
    asyncio.run(answers.give(answers.problem("HOST_INVALID"), sending, head=False))
    return sent


def test_the_answer_is_given_by_the_extension() -> None:
    start, body = given(extensions={"websocket.http.response": {}})
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 400)
    assert (b"content-type", b"application/json") in start["headers"]
    assert body["type"] == "websocket.http.response.body"
    assert b"HOST_INVALID" in body["body"]


@pytest.mark.parametrize("scope", [{}, {"extensions": None}, {"extensions": {"other": {}}}])
def test_without_it_the_handshake_is_closed(scope: Any) -> None:
    assert given(**scope) == [{"type": "websocket.close", "code": 1008}]


def test_an_operation_is_declared_or_not() -> None:
    for websocket in (True, False):
        match = Match(Operation("x", "GET", "/a", websocket=websocket), {})
        assert handshakes.declared(Verdict(ALLOW, match=match)) is websocket
    assert not handshakes.declared(Verdict(ALLOW))
