"""The watch: who goes by memory stops when the database is gone, and goes on when it is back."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from keyreeve.app import watch
from keyreeve.storage.database import Database
from keyreeve.storage.errors import DatabaseLost


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_lost(database: Database) -> bool:
    try:
        database.counter()
    except DatabaseLost:
        return True
    return False


def test_it_notices_that_a_database_goes_and_that_it_is_back(
    opened: Database, tmp_path: Path
) -> None:
    path = tmp_path / "keyreeve.db"
    with watch.over(opened, every=0.01):
        time.sleep(0.05)
        assert not is_lost(opened)
        path.rename(tmp_path / "away")
        until(lambda: is_lost(opened))
        (tmp_path / "away").rename(path)
        until(lambda: not is_lost(opened))


def test_a_disk_that_does_not_answer_is_a_lost_database(
    opened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung = [True]

    def look() -> None:
        until(lambda: not hung[0])
        opened.counter = opened._count

    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(opened, "look", look)
    with watch.over(opened, every=0.01):
        until(lambda: is_lost(opened))
        hung[0] = False
        until(lambda: not is_lost(opened))


def test_whatever_a_look_runs_into_is_a_lost_database(
    opened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(opened, "look", look)
    with watch.over(opened, every=0.01):
        until(lambda: is_lost(opened))


def test_it_ends_with_what_it_watches_over(opened: Database, tmp_path: Path) -> None:
    with watch.over(opened, every=0.01):
        pass
    (tmp_path / "keyreeve.db").rename(tmp_path / "away")
    time.sleep(0.1)
    assert not is_lost(opened)
