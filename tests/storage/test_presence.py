"""Whether an embedded installation notices that its files are gone, or others than it opened."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from keyreeve import settings as rules
from keyreeve.domain.edge import Edge
from keyreeve.storage.database import Database
from keyreeve.storage.errors import DatabaseLost


@pytest.fixture
def opened(tmp_path: Path, edge: Edge) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'keyreeve.db'}"
    database = Database.open(rules.load({"KEYREEVE_DATABASE_URL": url}), edge)
    yield database
    database.close()


def change(database: Database) -> None:
    with database.transaction() as transaction:
        transaction.touch()


def overwrite(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def take_the_place(path: Path) -> None:
    other = path.with_name("other")
    shutil.copy(path, other)
    other.replace(path)


SPOIL: dict[str, Callable[[Path], object]] = {
    "deleted": lambda folder: (folder / "keyreeve.db").unlink(),
    "emptied": lambda folder: os.truncate(folder / "keyreeve.db", 0),
    "a few bytes": lambda folder: (folder / "keyreeve.db").write_bytes(b"gone"),
    "another file": lambda folder: take_the_place(folder / "keyreeve.db"),
    "overwritten": lambda folder: overwrite(folder / "keyreeve.db"),
    "another epoch file": lambda folder: take_the_place(folder / "keyreeve.epoch"),
    "epoch file overwritten": lambda folder: overwrite(folder / "keyreeve.epoch"),
}
HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("PRAGMA locking_mode=EXCLUSIVE")
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""
AT_ONCE = ("deleted", "emptied", "a few bytes", "another file")


@pytest.mark.parametrize("how", SPOIL)
def test_a_look_finds_what_was_spoilt_and_then_there_is_no_counter(
    opened: Database, tmp_path: Path, how: str
) -> None:
    change(opened)
    opened.look()
    assert opened.counter() == 1
    with sqlite.connect(tmp_path / "keyreeve.db") as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    SPOIL[how](tmp_path)
    with pytest.raises(DatabaseLost):
        opened.look()
    with pytest.raises(DatabaseLost):
        opened.counter()


@pytest.mark.parametrize("how", AT_ONCE)
def test_nothing_is_read_or_written_where_no_name_leads(
    opened: Database, tmp_path: Path, how: str
) -> None:
    change(opened)
    SPOIL[how](tmp_path)
    with pytest.raises(DatabaseLost), opened.snapshot():
        pass
    with pytest.raises(DatabaseLost), opened.transaction():
        pass


@pytest.mark.parametrize("how", AT_ONCE)
def test_a_glance_is_enough_to_see_that_nothing_is_left(
    opened: Database, tmp_path: Path, how: str
) -> None:
    opened.glance()
    SPOIL[how](tmp_path)
    with pytest.raises(DatabaseLost):
        opened.glance()


@pytest.mark.parametrize("ending", ["-wal", "-shm"])
@pytest.mark.parametrize("again", [False, True])
def test_without_its_log_nothing_is_read_or_acknowledged(
    opened: Database, tmp_path: Path, ending: str, *, again: bool
) -> None:
    change(opened)
    log = tmp_path / f"keyreeve.db{ending}"
    content = log.read_bytes()
    log.unlink()
    if again:
        log.write_bytes(content)
    with pytest.raises(DatabaseLost, match="restart"), opened.snapshot():
        pass
    with pytest.raises(DatabaseLost, match="restart"):
        change(opened)
    with pytest.raises(DatabaseLost, match="restart"):
        opened.look()


def test_a_change_is_not_acknowledged_whose_log_went_meanwhile(
    opened: Database, tmp_path: Path
) -> None:
    def lose_it_meanwhile() -> None:
        with opened.transaction() as transaction:
            transaction.touch()
            (tmp_path / "keyreeve.db-wal").unlink()

    with pytest.raises(DatabaseLost, match="restart"):
        lose_it_meanwhile()
    assert opened.counter() == 0


def test_who_has_lost_it_changes_nothing_before_the_next_look(opened: Database) -> None:
    opened.lose("a disk that does not answer")
    with pytest.raises(DatabaseLost, match="does not answer"):
        change(opened)
    opened.look()
    change(opened)
    assert opened.counter() == 1


def test_a_database_that_is_back_is_gone_by_again(opened: Database, tmp_path: Path) -> None:
    change(opened)
    path = tmp_path / "keyreeve.db"
    path.rename(tmp_path / "away")
    with pytest.raises(DatabaseLost):
        opened.look()
    assert not path.exists()
    (tmp_path / "away").rename(path)
    opened.look()
    assert opened.counter() == 1
    change(opened)
    assert opened.counter() == 2


def test_a_counter_that_ran_back_is_not_believed(opened: Database) -> None:
    change(opened)
    opened.look()
    shared = opened._epoch_file
    assert shared is not None
    shared.raise_to(0)
    with pytest.raises(DatabaseLost):
        opened.look()


def test_a_database_that_ran_back_is_not_believed(opened: Database, tmp_path: Path) -> None:
    change(opened)
    opened.look()
    with sqlite.connect(tmp_path / "keyreeve.db") as other:
        other.execute("UPDATE installation SET epoch = 0")
    other.close()
    with pytest.raises(DatabaseLost):
        opened.look()


def test_an_epoch_file_without_its_name_gets_it_back(opened: Database, tmp_path: Path) -> None:
    (tmp_path / "keyreeve.epoch").unlink()
    opened.look()
    assert (tmp_path / "keyreeve.epoch").exists()


def test_one_without_any_name_is_lost(opened: Database, tmp_path: Path) -> None:
    (tmp_path / "keyreeve.epoch").unlink()
    (tmp_path / ".keyreeve.epoch").unlink()
    with pytest.raises(DatabaseLost):
        opened.look()


def test_whoever_has_the_file_to_himself_is_waited_for_a_while_only(
    opened: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keyreeve.storage.presence.BUSY_SECONDS", 0.1)
    opened._engines.dispose()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "keyreeve.db"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(DatabaseLost):
            opened.look()
        holder.communicate()
    assert opened._presence is not None
    assert opened._presence._read_epoch() == 0


def test_on_postgresql_there_is_nothing_to_look_at(database: Database) -> None:
    database.look()
    assert database.counter() == 0
