"""Answers of one turn leave together and in order."""

import asyncio
from collections.abc import Callable

import pytest

from keyreeve.enforcement.gate_outbox import Outbox


class Line(asyncio.Transport):
    """A transport that keeps what is sent."""

    def __init__(self, sent: list[bytes]) -> None:
        super().__init__()
        self.sent = sent
        self.closing = False

    def is_closing(self) -> bool:
        return self.closing

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))


def in_a_loop(turn: Callable[[Outbox, list[bytes]], None]) -> list[bytes]:
    """Run one turn of a loop and return what was sent when it was over."""
    sent: list[bytes] = []

    async def run() -> None:
        turn(Outbox(), sent)
        await asyncio.sleep(0)

    asyncio.run(run())
    return sent


def test_what_is_put_in_leaves_when_the_turn_is_over() -> None:
    def turn(outbox: Outbox, sent: list[bytes]) -> None:
        one, other = Line(sent), Line(sent)
        for line, answer in ((one, b"a"), (other, b"b"), (one, b"c")):
            outbox.put(line, answer)
        assert not sent

    assert in_a_loop(turn) == [b"a", b"b", b"c"]


def test_it_can_be_emptied_before_and_sends_nothing_twice() -> None:
    def turn(outbox: Outbox, sent: list[bytes]) -> None:
        outbox.put(Line(sent), b"a")
        outbox.empty()
        assert sent == [b"a"]
        outbox.put(Line(sent), b"b")

    assert in_a_loop(turn) == [b"a", b"b"]


def test_nothing_is_sent_to_who_has_gone() -> None:
    def turn(outbox: Outbox, sent: list[bytes]) -> None:
        gone = Line(sent)
        outbox.put(gone, b"a")
        outbox.put(Line(sent), b"b")
        gone.closing = True

    assert in_a_loop(turn) == [b"b"]


def test_one_broken_connection_takes_no_answers_from_the_others() -> None:
    class Broken(Line):
        def write(self, data: bytes | bytearray | memoryview) -> None:
            raise RuntimeError(bytes(data))

    sent: list[bytes] = []
    outbox = Outbox()

    async def run() -> None:
        outbox.put(Broken(sent), b"a")
        outbox.put(Line(sent), b"b")
        with pytest.raises(RuntimeError):
            outbox.empty()
        outbox.empty()

    asyncio.run(run())
    assert sent == [b"b"]
