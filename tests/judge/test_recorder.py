"""The recorder: what is noted is written, later, and nobody waits for it."""

import json
import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pysqlite3.dbapi2 as sqlite
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyreeve.domain.whitelist import Whitelist
from keyreeve.judge import recorder as recorders
from keyreeve.judge.recorder import Recorder
from keyreeve.protocol import token
from keyreeve.protocol.address import Address, parse_network
from keyreeve.protocol.forwarded import Hop, Rule
from keyreeve.storage import record_file
from keyreeve.storage.observations import Kind
from keyreeve.storage.record_files import FileRecords
from keyreeve.storage.record_rows import NAME_LIMIT
from keyreeve.storage.records import Records, Usage
from storage import recording
from storage.recording import AWAY, ENTRY, HOME, KEY, NOON, Clock

SECOND_ENTRY = "f" * 24
LIST = Whitelist(
    {
        parse_network("192.0.2.0/24"): ENTRY,
        parse_network("192.0.2.1"): SECOND_ENTRY,
        parse_network("198.51.100.0/24"): "0" * 24,
    }
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def records(tmp_path: Path, clock: Clock) -> Iterator[FileRecords]:
    records = FileRecords(tmp_path, clock.edge)
    yield records
    records.close()


@pytest.fixture
def recorder(records: FileRecords, clock: Clock) -> Recorder:
    return Recorder(records, clock.edge)


def note_allow(recorder: Recorder, **changes: object) -> None:
    noted = {"key_id": KEY, "operation": "groups.get", "address": HOME, "decision_id": "d" * 24}
    recorder.note_allow(**(noted | changes))  # type: ignore[arg-type] - names stand above


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_noted_allows_become_counts(recorder: Recorder, records: Records) -> None:
    for number in range(7):
        note_allow(recorder, decision_id=f"{number:024x}")
    note_allow(recorder, address=AWAY, operation="groups.list")
    note_allow(recorder, address=None)
    recorder.flush()
    assert records.usage([KEY])[KEY].count == 9
    last = records.decision(f"{6:024x}")
    assert last is not None
    assert (last.operation, last.address, last.time) == ("groups.get", HOME, NOON)


def test_a_denial_is_kept_whole(recorder: Recorder, records: Records) -> None:
    denied = recording.deny()
    recorder.note(denied)
    recorder.flush()
    assert records.decision(denied.decision_id) == denied


def test_a_denial_is_kept_with_the_hops_and_nothing_else_that_was_written(
    recorder: Recorder, records: Records, tmp_path: Path
) -> None:
    denied = recording.deny()
    way = (Hop("10.0.0.1", Rule.TRUSTED), Hop("kr_written_by_a_caller", Rule.JUNK))
    recorder.note(denied, way=way)
    recorder.flush()
    kept = records.decision(denied.decision_id)
    assert kept == replace(denied, hops="10.0.0.1=trusted;=junk")
    for path in tmp_path.iterdir():
        assert b"written_by" not in path.read_bytes()


def test_a_whitelisted_allow_uses_every_entry_that_covers_the_caller(
    recorder: Recorder, records: Records
) -> None:
    allowed = replace(recording.allow(), entry_ids=())
    recorder.note(allowed, whitelist=LIST)
    recorder.flush()
    found = records.decision(allowed.decision_id)
    assert found is not None
    assert set(found.entry_ids) == {ENTRY, SECOND_ENTRY}
    expected = Usage(1, NOON, str(HOME))
    assert records.usage([ENTRY, SECOND_ENTRY, "0" * 24]) == {
        ENTRY: expected,
        SECOND_ENTRY: expected,
    }


def test_a_failed_proof_is_counted_and_not_kept(
    recorder: Recorder, records: Records, tmp_path: Path
) -> None:
    failed = replace(recording.deny(), outcome="challenge", reason="replayed", key_id=None)
    recorder.note(failed)
    recorder.note_challenge(reason="replayed", address=HOME, username='eve"\r\n\x00' + "x" * 999)
    recorder.flush()
    assert records.decision(failed.decision_id) is None
    connection = sqlite.connect(tmp_path / "records-2026-11-24.db")
    rows = connection.execute("SELECT reason, count, username FROM access_challenges").fetchall()
    connection.close()
    assert [row[:2] for row in rows] == [("replayed", 2)]
    assert rows[0][2].startswith('eve"\\u000d\\u000a\\u0000xxx')
    assert "\n" not in rows[0][2]
    assert json.loads(json.dumps(rows[0][2])) == rows[0][2]


def test_a_key_put_in_the_wrong_place_is_not_kept(
    recorder: Recorder, records: Records, tmp_path: Path
) -> None:
    secret = token.format(bytes(20))
    for record in (recording.deny(), recording.allow()):
        recorder.note(replace(record, target=f"/groups?key={secret}"), whitelist=LIST)
    recorder.note_challenge(reason="user_unknown", address=HOME, username=secret)
    denied = replace(recording.deny(), target=f"/groups?key=kr%5F{secret[3:]}")
    recorder.note(denied)
    recorder.flush()
    kept = records.decision(denied.decision_id)
    assert kept is not None
    assert kept.target == "/groups?key=kr_********LpmW"
    for path in tmp_path.iterdir():
        assert secret[3:].encode() not in path.read_bytes()


def test_nothing_noted_writes_nothing(recorder: Recorder, tmp_path: Path) -> None:
    recorder.flush()
    assert list(tmp_path.iterdir()) == []


def test_the_background_writes_within_the_interval(recorder: Recorder, records: Records) -> None:
    recorder.start()
    recorder.start()
    note_allow(recorder)
    eventually(lambda: KEY in records.usage([KEY]))
    recorder.stop()


def test_many_rows_are_written_before_the_interval_ends(records: FileRecords, clock: Clock) -> None:
    recorder = Recorder(records, clock.edge, interval=60)
    recorder.start()
    for _ in range(recorders.ROWS):
        recorder.note(recording.deny())
    eventually(lambda: KEY in records.usage([KEY]))
    recorder.stop()


def test_stopping_writes_what_waits(records: FileRecords, clock: Clock) -> None:
    recorder = Recorder(records, clock.edge, interval=60)
    recorder.start()
    note_allow(recorder)
    recorder.stop()
    assert records.usage([KEY])[KEY].count == 1
    note_allow(recorder)
    recorder.stop()
    assert records.usage([KEY])[KEY].count == 2


def test_a_recorder_that_was_stopped_starts_again(recorder: Recorder, records: Records) -> None:
    recorder.start()
    recorder.stop()
    recorder.start()
    note_allow(recorder)
    eventually(lambda: KEY in records.usage([KEY]))
    recorder.stop()


def test_threads_that_note_while_others_flush_lose_nothing(
    recorder: Recorder, records: Records
) -> None:
    noted, ended = 50_000, threading.Event()
    interval = sys.getswitchinterval()

    def note() -> None:
        for _ in range(noted):
            note_allow(recorder)

    def absorb() -> None:
        while not ended.is_set():
            recorder._absorb()

    noting = [threading.Thread(target=note) for _ in range(3)]
    absorbing = threading.Thread(target=absorb)
    sys.setswitchinterval(1e-6)
    try:
        for thread in [*noting, absorbing]:
            thread.start()
        for thread in noting:
            thread.join()
    finally:
        ended.set()
        absorbing.join()
        sys.setswitchinterval(interval)
    recorder.flush()
    assert records.usage([KEY])[KEY].count == 3 * noted


class TestFailing:
    def test_a_locked_file_never_reaches_the_caller_and_is_written_later(
        self,
        recorder: Recorder,
        records: Records,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setattr(record_file, "BUSY_SECONDS", 0.01)
        note_allow(recorder)
        recorder.flush()
        holder = sqlite.connect(tmp_path / "records-2026-11-24.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        denied = recording.deny()
        recorder.note(denied)
        for _ in range(3):
            note_allow(recorder)
            recorder.flush()
        holder.execute("ROLLBACK")
        holder.close()
        recorder.flush()
        assert records.usage([KEY])[KEY].count == 5
        assert records.decision(denied.decision_id) == denied
        assert [r.levelno for r in caplog.records] == [logging.WARNING] * 2

    def test_what_the_store_rejects_is_dropped_told_and_not_tried_again(
        self, recorder: Recorder, records: Records
    ) -> None:
        recorder.note(replace(recording.deny(), rule=None))  # type: ignore[arg-type] - a bug
        note_allow(recorder)
        recorder.flush()
        recorder.flush()
        note_allow(recorder)
        recorder.flush()
        assert records.dropped() == 2
        assert records.usage([KEY])[KEY].count == 1

    def test_what_waits_is_bounded_and_what_is_dropped_is_told(
        self, recorder: Recorder, records: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(recorders, "DENIALS", 5)
        monkeypatch.setattr(recorders, "ALLOWS", 2)
        monkeypatch.setattr(recorders, "COUNTS", 3)
        for number in range(4):
            recorder.note(recording.allow(), whitelist=LIST)
            recorder.note(recording.deny())
            recorder.note(recording.deny())
            for operation in "abcdefgh":
                note_allow(recorder, key_id=f"{number:024x}", operation=operation)
        recorder.flush()
        kept = sum(u.count for u in records.usage([KEY, *(f"{n:024x}" for n in range(9))]).values())
        assert kept + records.dropped() == 4 * (3 + 8)
        assert records.usage([KEY])[KEY].count == 5

    def test_sources_of_failed_proofs_are_bounded_between_two_flushes(
        self, recorder: Recorder
    ) -> None:
        for number in range(3 * recorders.SOURCES):
            address = Address(number.to_bytes(4, "big"))
            recorder.note_challenge(reason="replayed", address=address)
        assert len(recorder._challenges) == recorders.SOURCES + 1


def test_what_was_overlooked_is_counted_by_kind_and_hides_keys(
    recorder: Recorder, records: Records, clock: Clock
) -> None:
    secret = token.format(bytes(20))
    kind = Kind("1", "absent", "GET", path="/a/{id}", address=HOME)
    for decision_id in ("1" * 24, "2" * 24):
        recorder.note_overlooked(kind, decision_id, secret)
    recorder.note_overlooked(kind._replace(address=AWAY), "3" * 24, None)
    recorder.flush()
    clock.time += timedelta(minutes=1)
    recorder.note_overlooked(kind, "4" * 24, secret)
    recorder.flush()
    found = records.observations(NOON - timedelta(hours=1))
    assert {one.kind.address: one.count for one in found.values()} == {HOME: 3, AWAY: 1}
    assert found[kind].decision_id == "4" * 24
    assert secret not in (found[kind].username or secret)


def test_names_that_were_claimed_are_cut_before_they_wait_and_no_part_of_a_key_is_left(
    recorder: Recorder, tmp_path: Path
) -> None:
    secret = token.format(bytes(20))
    (tmp_path / "records-2026-11-24.db").mkdir()  # so that nothing can be written
    name = "n" * (NAME_LIMIT - 9) + " " + secret + "n" * 8_000
    recorder.note_overlooked(Kind("1", "absent", "GET", path="/", address=HOME), "1" * 24, name)
    recorder.note_challenge(reason="unknown", address=HOME, username=name)
    recorder.flush()
    waiting = recorder._backlog.take()
    names = [one.username or "" for one in (*waiting.overlooked, *waiting.challenges)]
    assert [len(name) for name in names] == [NAME_LIMIT] * 2
    assert not any(secret[:8] in name for name in names)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["allow", "deny", "list", "flush", "away", "back"]), max_size=40))
def test_sums_are_exact_whatever_comes_between(steps: list[str]) -> None:
    with TemporaryDirectory() as name:
        folder, clock = Path(name) / "data", Clock()
        folder.mkdir()
        records = FileRecords(folder, clock.edge)
        recorder = Recorder(records, clock.edge)
        for step in [*steps, "back", "flush"]:
            clock.time += timedelta(seconds=7)
            if step == "allow":
                note_allow(recorder)
            elif step == "deny":
                recorder.note(recording.deny(clock.time))
            elif step == "list":
                recorder.note(recording.allow(clock.time), whitelist=LIST)
            elif step == "flush":
                recorder.flush()
            elif step == "away" and folder.exists():
                records.close()
                folder.rename(Path(name) / "away")
            elif step == "back" and not folder.exists():
                (Path(name) / "away").rename(folder)
        noted = Counter(steps)
        found = records.usage([KEY, ENTRY])
        records.close()
    expected = {KEY: noted["allow"] + noted["deny"] + noted["list"], ENTRY: noted["list"]}
    assert {id_: usage.count for id_, usage in found.items()} == {
        k: n for k, n in expected.items() if n
    }


def test_noting_an_allow_costs_far_less_than_a_microsecond(recorder: Recorder) -> None:
    ids = [f"{number:024x}" for number in range(1_000)]
    rounds = []
    for _ in range(7):
        begin = time.perf_counter_ns()
        for key_id in ids * 10:
            recorder.note_allow(
                key_id=key_id, operation="groups.get", address=HOME, decision_id="d"
            )
        rounds.append((time.perf_counter_ns() - begin) / 10_000)
    assert min(rounds) < 900
