import asyncio
import json
from typing import Any

import pytest

from keyreeve.enforcement import answers
from keyreeve.enforcement.answers import Answer


def given(answer: Answer, *, head: bool = False, mark: bool = False) -> list[dict[str, Any]]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    sending = answers.marked(send, "i" * 24) if mark else send
    asyncio.run(answers.give(answer, sending, head=head))
    return sent


def test_an_answer_is_sent_whole_with_its_length() -> None:
    start, body = given(Answer(400, [(b"a", b"b")], b"text"))
    assert (start["status"], body["body"]) == (400, b"text")
    assert start["headers"] == [(b"a", b"b"), (b"content-length", b"4")]


def test_head_gets_the_same_without_the_body() -> None:
    start, body = given(Answer(400, [], b"text"), head=True)
    assert (start["headers"], body["body"]) == ([(b"content-length", b"4")], b"")


@pytest.mark.parametrize("code", answers.PROBLEMS)
def test_a_problem_has_its_documented_status(code: str) -> None:
    problem = answers.problem(code)
    assert problem.status == answers.PROBLEMS[code][0] == json.loads(problem.body)["error"]


def test_a_challenge_holds_one_field_for_each_algorithm_and_no_code() -> None:
    asked = answers.challenge(("Digest a", "Digest b"))
    assert [value for name, value in asked.headers if name == b"www-authenticate"] == [
        b"Digest a",
        b"Digest b",
    ]
    assert set(json.loads(asked.body)) == {"reason", "error", "detail"}


def test_marks_are_added_once() -> None:
    start, _ = given(Answer(200, [(b"x-request-id", b"other")], b""), mark=True)
    fields = start["headers"]
    assert [value for name, value in fields if name == b"x-request-id"] == [b"i" * 24]
    assert (b"cache-control", b"no-store") in fields
    assert (b"vary", b"Authorization") in fields
