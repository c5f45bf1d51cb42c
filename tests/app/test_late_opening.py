"""The installation behind a guarded application is opened once, and closed once."""

import os
import threading
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest

from keyreeve.app import guarded, joined_ledger
from keyreeve.app.edge import real
from keyreeve.app.joined_ledger import JoiningStuck
from keyreeve.app.late_opening import RETRY_MILLISECONDS, LateOpening, OpenedBeforeFork
from keyreeve.settings import Settings
from keyreeve.storage.database import Database
from keyreeve.storage.errors import StartRefused


def test_many_threads_open_it_once(embedded: Settings) -> None:
    opening = LateOpening(embedded, real())
    assert opening.now is None
    with ThreadPoolExecutor(8) as threads:
        found = {id(each) for each in threads.map(lambda _: opening.open(), range(8))}
    assert found == {id(opening.now)}
    opening.close()
    opening.close()
    assert opening.now is None


def test_closed_it_can_be_opened_again(embedded: Settings) -> None:
    opening = LateOpening(embedded, real())
    first = opening.open()
    opening.close()
    assert opening.open() is not first
    opening.close()


def test_a_failure_stands_for_a_second_and_is_then_tried_again(
    embedded: Settings, tmp_path: Path
) -> None:
    ticks = [1000]
    edge = replace(real(), ticks=lambda: ticks[0])
    missing = replace(embedded, data_dir=tmp_path / "none", master_key_file=tmp_path / "none" / "k")
    database = Database.open(embedded, real())
    database.close()
    opening = LateOpening(missing, edge)
    with pytest.raises(StartRefused) as first:
        opening.open()
    with pytest.raises(StartRefused) as second:
        opening.open()
    assert second.value is first.value
    ticks[0] += RETRY_MILLISECONDS
    with pytest.raises(StartRefused) as third:
        opening.open()
    assert third.value is not first.value


def test_a_failure_grows_by_no_caller_who_is_told_of_it(embedded: Settings, tmp_path: Path) -> None:
    """Every denial logs it whole."""
    missing = replace(embedded, data_dir=tmp_path / "none", master_key_file=tmp_path / "none" / "k")
    opening = LateOpening(missing, replace(real(), ticks=lambda: 1000))
    lengths = set()
    for _ in range(4):
        try:
            opening.open()
        except StartRefused as failure:
            lengths.add(len(traceback.format_exception(failure)))
    assert len(lengths) <= 2


def test_a_process_that_joins_without_end_is_a_failure_too(
    embedded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joined_ledger, "WAIT_SECONDS", 0.1)
    ticks = [1000]
    opening = LateOpening(embedded, replace(real(), ticks=lambda: ticks[0]))
    with (embedded.data_dir / joined_ledger.JOINING).open("w") as stuck:
        flock(stuck, LOCK_EX)
        with pytest.raises(JoiningStuck):
            opening.open()
    assert opening.now is None
    ticks[0] += RETRY_MILLISECONDS
    opening.open()
    opening.close()


def test_nothing_is_left_open_when_it_fails_midway(
    embedded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = threading.Event()
    close = Database.close

    def closing(database: Database) -> None:
        closed.set()
        close(database)

    def broken(*_: object, **__: object) -> None:
        raise OSError("no judge")

    monkeypatch.setattr(Database, "close", closing)
    monkeypatch.setattr(guarded, "Judge", broken)
    with pytest.raises(OSError, match="no judge"):
        LateOpening(embedded, real()).open()
    assert closed.is_set()


def test_a_process_forked_from_one_that_had_it_open_has_none(embedded: Settings) -> None:
    """Both would hold the same nonces for unused."""
    opening = LateOpening(embedded, real())
    opening.open()
    with warnings.catch_warnings(action="ignore"):  # newer Pythons warn of threads
        child = os.fork()
    if child == 0:
        status = 1
        try:
            opening.open()
        except OpenedBeforeFork:
            status = 0 if opening.now is None else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert opening.now is not None
    opening.close()


def test_one_forked_before_that_opens_its_own(embedded: Settings) -> None:
    opening = LateOpening(embedded, real())
    opening.open()
    opening.close()
    opening.forked()
    assert opening.open() is opening.now
    opening.close()
