"""Two ways of reading by llhttp: in full, and only to know that a question is one."""

import pytest

from enforcement.gating import question
from keyreeve.enforcement.gate_question import Asked, Reader, Strict

WANTED = frozenset({b"x-real-ip", b"authorization"})


def read(*chunks: bytes) -> list[Asked]:
    """Read all that is whole."""
    whole: list[Asked] = []
    reader = Reader(WANTED, whole.append)
    for chunk in chunks:
        assert reader.feed(chunk) is None
    return whole


def test_facts_and_other_fields_are_told_apart() -> None:
    (asked,) = read(b"GET /a HTTP/1.1\r\nX-REAL-IP: 1\r\nAccept: */*\r\n\r\n")
    assert asked == Asked({b"x-real-ip": b"1"}, [(b"Accept", b"*/*")], (b"GET", b"/a"), None, True)


def test_a_fact_said_twice_is_refused() -> None:
    (asked,) = read(b"GET /a HTTP/1.1\r\nX-Real-IP: 1\r\nx-real-ip: 1\r\n\r\n")
    assert asked.refused is not None
    assert asked.refused.code == "FACT_REPEATED"


def test_a_reader_is_at_rest_between_requests_only() -> None:
    reader = Reader(WANTED, lambda _: None)
    whole = question(close=False)
    for chunk, at_rest in ((whole, True), (whole + b"G", False), (whole[1:], True)):
        reader.feed(chunk)
        assert reader.at_rest is at_rest
    reader.feed(b"\r\n")
    assert not reader.at_rest


def test_a_request_grows_old_from_its_beginning() -> None:
    reader = Reader(WANTED, lambda _: None)
    reader.age = 100
    reader.feed(b"GET")
    assert (reader.age, reader.reading) == (0, True)
    reader.age = 5
    reader.feed(b" / HTTP/1.1\r\n")
    assert reader.age == 5


WHOLE = question(close=False)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        WHOLE[:-1],
        WHOLE[:-2] + b"Content-Length: 5\r\n\r\n",
        WHOLE[:-2] + b"Transfer-Encoding: chunked\r\n\r\n",
        WHOLE[:-2] + b"X : y\r\n\r\n",
        WHOLE[:-2] + b"X: \x00\r\n\r\n",
        WHOLE[:-2] + b"X: y\n\r\n",
        WHOLE[:-2] + b" X: y\r\n\r\n",
        WHOLE.replace(b"GET", b"CONNECT"),
    ],
)
def test_what_is_no_whole_question_is_not_found_and_changes_nothing(data: bytes) -> None:
    strict = Strict()
    assert strict.finds(WHOLE)
    assert not strict.finds(data)
    assert strict.finds(WHOLE)


def test_the_end_of_a_connection_is_told() -> None:
    strict = Strict()
    assert strict.finds(WHOLE)
    assert strict.keep
    assert strict.finds(question())
    assert not strict.keep
