"""A head cut by a layout is what llhttp tells of it, or it is not cut at all."""

import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from enforcement.gating import FACTS, gating, question
from enforcement.serving import answer, connected
from judge import court
from keyreeve.enforcement import gate_layouts
from keyreeve.enforcement.gate_layouts import METHOD, TARGET, Layouts
from keyreeve.enforcement.gate_presets import PRESETS
from keyreeve.enforcement.gate_question import AUTHORIZATION, Asked, Reader, Strict
from keyreeve.judge.call import Call
from keyreeve.services import api_keys
from keyreeve.storage.database import Database

EARLY = b"early-data"
PIECES = (
    b"\r\n", b"\r", b"\n", b"\r\n ", b"\r\n\t", b"\r\n\r\n", b" ", b"\t", b":", b"\x00", b"\x7f",
    b"\r\nX-Real-IP: 192.0.2.66", b"\r\nX-Original-URI: /b", b"\r\nAuthorization: b", b"\r\nA: b",
    b"\r\nTransfer-Encoding: chunked", b"\r\nContent-Length: 5", b"\r\nContent-Length: 0",
    b"\r\nUpgrade: websocket", b"\r\nConnection: close", b"\r\nConnection: upgrade", b" HTTP/1.1",
    b"GET /b HTTP/1.1\r\n", b"0\r\n\r\n", b"HEAD", b"CONNECT", b"PRI", b"\x85", b"\x0b", b"\x0c",
    b"\xff",
)  # fmt: skip
"""What those who smuggle put in."""


def names(preset: str) -> tuple[bytes, ...]:
    kind = PRESETS[preset]
    return (kind.method or METHOD, kind.target or TARGET, kind.address, AUTHORIZATION)


def told(data: bytes, preset: str = "nginx") -> list[Asked]:
    """Return what llhttp tells, of whole requests."""
    whole: list[Asked] = []
    Reader(frozenset({*names(preset), EARLY}), whole.append).feed(data)
    return whole


def learnt(head: bytes, preset: str = "nginx") -> Layouts:
    layouts = Layouts(names(preset))
    layouts.learn(head, told(head, preset)[0])
    return layouts


def signed(*lines: str, preset: str = "nginx", **more: Any) -> bytes:
    return question("Authorization: Digest a", "Accept: */*", *lines, preset=preset, **more)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_head_laid_out_like_one_before_is_cut(preset: str) -> None:
    layouts = learnt(signed(preset=preset), preset)
    uri = next((name for name in FACTS[preset] if name.lower().endswith("uri")), None)
    again = signed(preset=preset).replace(b"Digest a", b"Digest b").replace(b"*/*", b"text/html")
    again = again.replace(f"{uri}: /a".encode(), f"{uri}: /b?c".encode())
    again = again.replace(b"GET /any", b"POST /b?c")
    method = b"POST" if uri is None else b"GET"
    assert layouts.read(again) == (method, b"/b?c", b"192.0.2.9", b"Digest b")


@pytest.mark.parametrize("preset", PRESETS)
@bounds(max_examples=600, deadline=None)
@given(st.data())
def test_both_ways_of_reading_agree(preset: str, data: st.DataObject) -> None:
    strict, head = Strict(), signed("User-Agent: a b", preset=preset, close=False)
    layouts = learnt(head, preset)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(head)))
        piece = data.draw(st.sampled_from(PIECES) | st.binary(max_size=2))
        gone = data.draw(st.sampled_from((0, 0, len(piece), 1, 9)))
        head = head[:at] + piece + head[at + gone :]
    cut = layouts.read(head)
    if cut is not None and strict.finds(head):
        (asked,) = told(head, preset)
        assert asked.refused is None
        assert EARLY not in asked.facts
        facts = {METHOD: asked.line[0], TARGET: asked.line[1], **asked.facts}
        assert cut == tuple(facts[name] for name in names(preset))
        assert asked.keep == strict.keep


@pytest.mark.parametrize("line", [b"X-Real-IP: 192.0.2.66", b"Transfer-Encoding: chunked", b"A: b"])
def test_a_line_put_in_anywhere_is_not_passed_over(line: bytes) -> None:
    head = signed("User-Agent: a b")
    layouts, lines = learnt(head), head.split(b"\r\n")
    for at in range(len(lines)):
        assert layouts.read(b"\r\n".join([*lines[:at], line, *lines[at:]])) is None


@pytest.mark.parametrize(
    "line",
    [
        "Transfer-Encoding: chunked",
        "Content-Length: 1",
        "Upgrade: websocket",
        "Expect: 100-continue",
        "Trailer: X-Real-IP",
        "Early-Data: 1",
        "X-Real-IP: 192.0.2.9",
    ],
)
def test_a_question_out_of_the_ordinary_is_not_learnt(line: str) -> None:
    head = signed(line)
    asked = Asked({}, [], (b"GET", b"/any"), None, keep=True)
    for name, value in (row.split(b": ", 1) for row in head.split(b"\r\n")[1:-2]):
        if name.lower() in names("nginx"):
            asked.facts[name.lower()] = value
        else:
            asked.fields.append((name, value))
    layouts = Layouts(names("nginx"))
    layouts.learn(head, asked)
    assert layouts.read(head) is None


def test_what_was_not_told_of_this_very_head_is_not_learnt() -> None:
    (asked,) = told(signed())
    for head in (signed("B: c"), signed(X_Real_IP="192.0.2.10"), signed() + b"G", signed()[4:]):
        layouts = Layouts(names("nginx"))
        layouts.learn(head, asked)
        assert layouts.read(head) is None


@pytest.mark.parametrize("missing", ["X-Original-Method", "X-Original-URI", "X-Real-IP"])
def test_a_question_that_lacks_a_fact_is_not_learnt(missing: str) -> None:
    head = signed(without=missing)
    assert learnt(head).read(head) is None


def test_a_length_of_nothing_is_nothing_else() -> None:
    head = signed("Content-Length: 0")
    layouts = learnt(head)
    assert layouts.read(head) is not None
    assert layouts.read(head.replace(b"Length: 0", b"Length: 9")) is None


def test_one_layout_is_learnt_each_second() -> None:
    layouts = learnt(signed())
    other = signed("B: c")
    layouts.learn(other, told(other)[0])
    assert layouts.read(other) is None
    layouts.grow_older()
    layouts.learn(other, told(other)[0])
    assert layouts.read(other) is not None


def test_layouts_are_bounded() -> None:
    layouts = Layouts(names("nginx"))
    heads = [signed(f"B{n}: c") for n in range(gate_layouts.LAYOUTS + 1)]
    for head in heads:
        layouts.learn(head, told(head)[0])
        layouts.grow_older()
    assert layouts.read(heads[0]) is None
    assert all(layouts.read(head) for head in heads[1:])


def test_a_long_head_is_left_to_llhttp() -> None:
    layouts = learnt(signed())
    assert layouts.read(signed().replace(b"*/*", b"a" * gate_layouts.LONGEST)) is None


class TestJudged:
    """Before a real judge, who remembers whom he let through."""

    @pytest.fixture
    def engine(self) -> str:
        """PostgreSQL has no counter in memory, so nothing is decided from memory there."""
        return "sqlite"

    def test_who_goes_on_as_before_is_let_through_until_something_changes(
        self, database: Database
    ) -> None:
        hall = court.opened(database, algorithms=("MD5",))
        nonce = hall.nonce()
        calls = [hall.signed(nonce=nonce) for _ in range(6)]
        with gating(hall.judge) as gate, connected(gate.port) as connection:
            assert [_ask(connection, call) for call in calls[:5]] == [200] * 5
            assert gate.gate.layouts.read(_head(calls[4])) is not None
            assert [_ask(connection, call) for call in calls[:5]] == [401] * 5
            hall.change(api_keys.delete, hall.ada, hall.key.id)
            assert _ask(connection, calls[5]) == 401


def _head(call: Call) -> bytes:
    given = f"Authorization: {(call.authorization or b'').decode()}"
    return question(given, X_Original_URI=call.target, close=False)


def _ask(connection: socket.socket, call: Call) -> int:
    connection.sendall(_head(call))
    return answer(connection).status
