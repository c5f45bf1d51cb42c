"""A file a day, and totals that no removed file takes with it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from keyreeve.storage import record_file, record_files
from keyreeve.storage.record_files import TOTALS, FileRecords
from keyreeve.storage.records import Batch, RecordsUnavailable
from storage import recording
from storage.recording import DAY, KEY, NOON, Clock

WRITER = Path(__file__).with_name("recording_process.py")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def records(tmp_path: Path, clock: Clock) -> Iterator[FileRecords]:
    records = FileRecords(tmp_path, clock.edge)
    yield records
    records.close()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def write_on_days(records: FileRecords, clock: Clock, days: int) -> None:
    for _ in range(days):
        records.write(Batch(counts=[recording.counted(10, clock.time)]))
        clock.time += DAY
    clock.time -= DAY


def test_each_day_has_a_file_of_its_own(records: FileRecords, clock: Clock, tmp_path: Path) -> None:
    write_on_days(records, clock, 2)
    assert names(tmp_path) == {"records-2026-11-24.db", "records-2026-11-25.db"}


def test_a_batch_stands_in_the_file_of_the_day_it_is_written(
    records: FileRecords, clock: Clock, tmp_path: Path
) -> None:
    late = recording.deny(NOON)
    clock.time += DAY
    records.write(Batch(rows=[late]))
    assert names(tmp_path) == {"records-2026-11-25.db"}
    assert records.decision(late.decision_id) == late


def test_only_the_owner_may_read_the_files(
    records: FileRecords, clock: Clock, tmp_path: Path
) -> None:
    before = os.umask(0)
    try:
        write_on_days(records, clock, 4)
    finally:
        os.umask(before)
    assert (tmp_path / TOTALS).exists()
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_reading_makes_no_file(records: FileRecords, tmp_path: Path) -> None:
    assert records.decision("f" * 24) is None
    assert records.usage([KEY]) == {}
    assert names(tmp_path) == set()


def test_a_quiet_day_joins_the_totals_once(
    records: FileRecords, clock: Clock, tmp_path: Path
) -> None:
    write_on_days(records, clock, 5)
    assert TOTALS in names(tmp_path)
    assert records.usage([KEY])[KEY].count == 50
    records.close()
    for _ in range(3):
        again = FileRecords(tmp_path, clock.edge)
        again.write(Batch())
        assert again.usage([KEY])[KEY].count == 50
        again.close()


def test_yesterday_does_not_join_the_totals_since_someone_may_still_write_there(
    records: FileRecords, clock: Clock, tmp_path: Path
) -> None:
    slow = FileRecords(tmp_path, Clock().edge)
    slow.write(Batch(counts=[recording.counted(1)]))
    clock.time += DAY
    records.write(Batch(counts=[recording.counted(2, clock.time)]))
    slow.write(Batch(counts=[recording.counted(4)]))
    slow.close()
    clock.time += 3 * DAY
    records.write(Batch(counts=[recording.counted(8, clock.time)]))
    assert records.usage([KEY])[KEY].count == 15


def test_a_day_that_was_folded_and_not_removed_counts_once(
    records: FileRecords, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_on_days(records, clock, 3)

    def power_fails(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", power_fails)
        with pytest.raises(KeyboardInterrupt):
            records.prune(clock.time.date())
    assert "records-2026-11-24.db" in names(tmp_path)
    assert records.usage([KEY])[KEY].count == 30
    records.prune(clock.time.date())
    assert "records-2026-11-24.db" not in names(tmp_path)
    assert records.usage([KEY])[KEY].count == 30


def test_a_day_removed_while_uses_are_added_up_is_not_missed(
    records: FileRecords, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_on_days(records, clock, 1)
    clock.time += 5 * DAY
    open_days = record_file.reader
    pruned = []

    def reader(path: Path) -> object:
        if not pruned:
            pruned.append(True)
            FileRecords(tmp_path, clock.edge).prune(clock.time.date())
        return open_days(path)

    monkeypatch.setattr(record_files.record_file, "reader", reader)
    assert records.usage([KEY])[KEY].count == 10
    assert names(tmp_path) == {TOTALS}


def test_leftovers_of_removed_days_are_swept(
    records: FileRecords, clock: Clock, tmp_path: Path
) -> None:
    for left in ("records-2026-11-01.db-wal", "records-2026-11-01.db-x1.unfinished"):
        (tmp_path / left).touch()
    (tmp_path / "keyreeve.db").touch()
    records.prune(clock.time.date())
    assert names(tmp_path) == {"keyreeve.db"}


def test_a_locked_file_is_unavailable_and_later_written(
    records: FileRecords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_file, "BUSY_SECONDS", 0.05)
    records.write(Batch(counts=[recording.counted(1)]))
    holder = sqlite.connect(tmp_path / "records-2026-11-24.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(RecordsUnavailable):
        records.write(Batch(counts=[recording.counted(2)]))
    holder.execute("ROLLBACK")
    holder.close()
    records.write(Batch(counts=[recording.counted(2)]))
    assert records.usage([KEY])[KEY].count == 3


def test_a_full_disk_keeps_nothing_of_a_batch(records: FileRecords) -> None:
    records.write(Batch(counts=[recording.counted(1)]))
    writer = records._writer
    assert writer is not None
    with writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    rows = [recording.deny(target="/" + "x" * 1_000) for _ in range(100)]
    with pytest.raises(RecordsUnavailable):
        records.write(Batch(rows=rows, counts=[recording.counted(2)]))
    with writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert records.usage([KEY])[KEY].count == 1
    records.write(Batch(rows=rows, counts=[recording.counted(2)]))
    assert records.usage([KEY])[KEY].count == 103


def test_a_folder_that_is_gone_is_unavailable(clock: Clock, tmp_path: Path) -> None:
    records = FileRecords(tmp_path / "gone", clock.edge)
    with pytest.raises(RecordsUnavailable):
        records.write(Batch(counts=[recording.counted(1)]))
    for look in (lambda: records.usage([KEY]), lambda: records.decision("d"), records.dropped):
        with pytest.raises(RecordsUnavailable):
            look()


def test_a_killed_writer_leaves_a_sound_file(tmp_path: Path) -> None:
    for number in range(5):
        writer = subprocess.Popen(
            [sys.executable, str(WRITER), str(tmp_path), "100000"],
            env=os.environ | {"PYTHONPATH": str(WRITER.parents[1])},
            stdout=subprocess.PIPE,
        )
        assert writer.stdout is not None
        for _ in range(1 + 20 * number):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        writer.wait(10)
        writer.stdout.close()
    connection = sqlite.connect(tmp_path / "records-2026-11-24.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
