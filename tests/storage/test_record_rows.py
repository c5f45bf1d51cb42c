"""Access records as rows."""

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from keyreeve.storage import record_rows
from keyreeve.storage.records import Batch, Usage
from storage import recording
from storage.recording import AWAY, ENTRY, HOME, KEY, NOON


@given(st.text(alphabet=st.characters(), max_size=300), st.integers(0, 300))
def test_printable_text_is_one_line_that_anything_can_carry(text: str, limit: int) -> None:
    safe = record_rows.printable(text, limit)
    safe.encode()
    assert "\x00" not in safe
    assert len(safe.splitlines()) <= 1
    assert json.loads(f'"{json.dumps(safe)[1:-1]}"') == safe


@given(st.text(st.characters(min_codepoint=32, max_codepoint=91), max_size=50))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert record_rows.printable(text, 50) == text


@given(st.text(max_size=20), st.text(max_size=20))
def test_two_texts_never_look_alike(one: str, other: str) -> None:
    alike = record_rows.printable(one, 20) == record_rows.printable(other, 20)
    assert alike == (one == other)


def test_uses_are_added_up_by_id() -> None:
    later = NOON + timedelta(seconds=5)
    rows = record_rows.usage_rows(
        Batch(
            [recording.allow(NOON, ENTRY), recording.deny(later, address=AWAY)],
            [recording.counted(5), recording.counted(2, key_id="9" * 24, address=None)],
            overlooked=[
                recording.overlooked(3, key_id="8" * 24),
                recording.overlooked(9, key_id=""),
            ],
        )
    )
    assert rows == [
        {"id": "8" * 24, "count": 3, "last": NOON, "address": str(HOME)},
        {"id": "9" * 24, "count": 2, "last": NOON, "address": ""},
        {"id": KEY, "count": 7, "last": later, "address": str(AWAY)},
        {"id": ENTRY, "count": 1, "last": NOON, "address": str(HOME)},
    ]


def test_added_uses_keep_the_later_last() -> None:
    later = NOON + timedelta(seconds=1)
    one = {KEY: Usage(1, later, "192.0.2.1"), ENTRY: Usage(1, NOON, None)}
    other = {KEY: Usage(2, NOON, None)}
    expected = {KEY: Usage(3, later, "192.0.2.1"), ENTRY: Usage(1, NOON, None)}
    assert record_rows.added(one, other) == record_rows.added(other, one) == expected


def test_a_batch_tells_how_many_decisions_it_holds() -> None:
    batch = Batch(
        rows=[recording.deny()],
        counts=[recording.counted(5)],
        overlooked=[recording.overlooked(7)],
        dropped=99,
    )
    assert batch.size == 13
