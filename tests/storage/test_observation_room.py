"""How many observations one day may hold, on both engines."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from keyreeve.storage import observation_room, record_file, record_schema
from keyreeve.storage.observation_room import Room
from keyreeve.storage.observations import MERGED, Kind, Observation
from keyreeve.storage.records import Batch, Records
from storage import recording
from storage.recording import DAY, KEY, NOON, Clock

LIMIT = 5
MINUTE = timedelta(minutes=1)
STRANGE = Kind("2", "OPERATION_UNKNOWN", operation=MERGED)


@pytest.fixture
def records(place: str, clock: Clock) -> Iterator[Records]:
    with recording.opened(place, clock, observed=LIMIT) as records:
        yield records


def strange(number: int, minute: int = 0) -> Observation:
    """Return a call to a path that somebody made up."""
    return recording.overlooked(
        1, NOON + minute * MINUTE, rule="2", reason="OPERATION_UNKNOWN", operation="", key_id="",
        user_id="", path=f"/{number}", username="eve",
    )  # fmt: skip


def write(records: Records, *observations: Observation) -> None:
    records.write(Batch(overlooked=observations))


def counts(records: Records) -> dict[Kind, int]:
    return {kind: one.count for kind, one in records.observations(NOON - DAY).items()}


def test_a_flood_of_kinds_leaves_one_row_for_each_reason_and_minute(records: Records) -> None:
    for minute in range(3):
        for start in range(0, 40, 4):
            write(records, *(strange(number, minute) for number in range(start, start + 4)))
    found = counts(records)
    assert len(found) <= LIMIT + 1
    assert sum(found.values()) == 3 * 40
    merged = records.observations(NOON - DAY)[STRANGE]
    assert (merged.username, merged.last) == (None, NOON + 2 * MINUTE)
    late = records.observations(NOON + MINUTE)
    assert late[STRANGE].count > 0
    assert late[STRANGE].minute == (NOON + 2 * MINUTE).replace(second=0)


def test_on_a_full_day_what_stands_there_goes_on_being_counted(records: Records) -> None:
    known = recording.overlooked(2)
    write(records, known, *(strange(number) for number in range(LIMIT - 1)))
    write(records, known, replace(known, minute=known.minute + MINUTE), strange(0), strange(99))
    found = counts(records)
    assert (found[known.kind], found[strange(0).kind], found[STRANGE]) == (6, 2, 1)
    assert len(found) == LIMIT + 1


def test_rules_and_reasons_stay_apart_on_a_full_day(records: Records) -> None:
    write(records, *(strange(number) for number in range(LIMIT)))
    write(records, strange(98), strange(99), recording.overlooked(7))
    found = counts(records)
    assert found[STRANGE] == 2
    assert found[Kind("5", "ROLE_MISSING", operation=MERGED)] == 7


def test_a_key_that_was_merged_was_used_all_the_same(records: Records) -> None:
    write(records, *(strange(number) for number in range(LIMIT)))
    write(records, recording.overlooked(7))
    assert records.usage([KEY])[KEY].count == 7


def test_the_next_day_has_room_again(records: Records, clock: Clock) -> None:
    write(records, *(strange(number) for number in range(2 * LIMIT)))
    assert set(counts(records)) == {STRANGE}
    clock.time += DAY
    write(records, strange(1))
    assert strange(1).kind in counts(records)


def test_what_other_processes_wrote_takes_room_as_well(
    records: Records, place: str, clock: Clock
) -> None:
    write(records, *(strange(number) for number in range(LIMIT)))
    with recording.opened(place, clock, observed=LIMIT) as others:
        write(others, strange(99))
    assert counts(records)[STRANGE] == 1


def test_more_kinds_than_are_looked_for_at_once_are_all_found(place: str, clock: Clock) -> None:
    many = [strange(number) for number in range(2 * observation_room.PORTION + 1)]
    with recording.opened(place, clock, observed=len(many)) as records:
        write(records, *many)
        write(records, *many)
        found = counts(records)
    assert found == {one.kind: 2 for one in many}


def test_a_day_is_not_counted_at_each_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_file.prepare(tmp_path / "day.db", record_schema.metadata)
    asked: list[str] = []
    engine = record_file.writer(tmp_path / "day.db")
    sa.event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    monkeypatch.setattr(observation_room, "RECOUNTED", 10)
    room, rows = Room(1_000), [{"any": number} for number in range(2)]
    with record_file.disposing(engine), engine.begin() as connection:
        kept: Sequence[object] = [room.fitting(connection, NOON.date(), rows) for _ in range(20)]
        assert room.fitting(connection, NOON.date(), []) == []
    assert kept == [rows] * 20
    assert sum(one.startswith("SELECT") for one in asked) == 20 * 2 / 10
