import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from keyreeve.domain.audit import Actor
from keyreeve.domain.edge import Edge
from keyreeve.settings import Settings
from keyreeve.storage import schema
from keyreeve.storage.database import Database
from storage import crash

CLI = Actor("cli:test")
WRITERS = 4
WRITES = 25


def write(database: Database, name: str) -> None:
    with database.transaction() as t:
        t.changed("user", name)
        t.record(CLI, "user.disable", name)


def committed(database: Database) -> int:
    with database.snapshot() as s:
        return s.epoch


def epochs_by_name(database: Database) -> dict[str, int]:
    with database.snapshot() as s:
        return {row.id: row.epoch for row in s.connection.execute(sa.select(schema.changes))}


def test_an_exception_leaves_nothing_behind(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as t:
            t.changed("user", "a" * 24)
            t.record(CLI, "user.disable", "a" * 24)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert epochs_by_name(database) == {}
    assert (committed(database), database.counter()) == (0, 0)


def test_transactions_do_not_nest(database: Database) -> None:
    with (
        database.transaction(),
        pytest.raises(RuntimeError, match="do not nest"),
        database.transaction(),
    ):
        pass


def test_a_thread_waits_for_the_one_that_writes(database: Database) -> None:
    order: list[str] = []

    def second() -> None:
        with database.transaction() as t:
            order.append("second")
            t.touch()

    with database.transaction() as t:
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.05)
        order.append("first")
        t.touch()
    thread.join()
    assert order == ["first", "second"]
    assert committed(database) == 2


def test_a_snapshot_shows_one_moment(database: Database) -> None:
    with database.snapshot() as s:
        write(database, "a" * 24)
        assert s.subjects.epoch() == s.epoch == 0
        assert s.subjects.changes_since(0) == ()
    assert committed(database) == 1


def test_a_snapshot_cannot_write(database: Database) -> None:
    with pytest.raises(exc.DBAPIError), database.snapshot() as s:
        s.connection.execute(sa.update(schema.installation).values(epoch=7))
    assert committed(database) == 0


def test_the_counter_moves_before_the_commit_and_under_its_lock(
    database: Database, settings: Settings, edge: Edge
) -> None:
    if not database.shared_counter:
        return
    other = Database.open(settings, edge)
    seen: list[tuple[int, int]] = []

    @sa.event.listens_for(database._engines.writer, "commit")
    def before_commit(_: sa.Connection) -> None:
        seen.append((other.counter(), committed(other)))

    write(database, "a" * 24)
    assert seen == [(1, 0)]
    assert (other.counter(), committed(other)) == (1, 1)
    other.close()


def test_a_second_process_shares_the_counter(
    database: Database, settings: Settings, edge: Edge
) -> None:
    other = Database.open(settings, edge)
    write(database, "a" * 24)
    assert other.counter() == 1
    write_from_another = crash.real_edge()
    third = Database.open(settings, write_from_another)
    write(third, "b" * 24)
    assert (database.counter(), other.counter()) == (2, 2)
    other.close()
    third.close()


def test_healing_ends_a_lead_of_the_counter(database: Database) -> None:
    if database._epoch_file is not None:
        database._epoch_file.raise_to(5)
    database.heal()

    expected = 6 if database.shared_counter else 0
    assert (committed(database), database.counter()) == (expected, expected)
    database.heal()
    assert committed(database) == expected


def test_epochs_are_unique_and_grow_while_four_processes_write(settings: Settings) -> None:
    # SQLite does not survive a fork: no connection may be open here.
    Database.open(settings, crash.real_edge(), upgrade=True).close()
    crash.together([lambda i=i: _write_many(settings, i) for i in range(WRITERS)])

    database = Database.open(settings, crash.real_edge())
    epochs = epochs_by_name(database)
    assert len(set(epochs.values())) == WRITERS * WRITES == committed(database)
    for writer in range(WRITERS):
        own = [epochs[_name(writer, number)] for number in range(WRITES)]
        assert own == sorted(own)
    with database.snapshot() as s:
        assert s.audit_log.verify() is None
    database.close()


def test_the_counter_is_never_behind_a_commit_that_anybody_can_see(settings: Settings) -> None:
    Database.open(settings, crash.real_edge(), upgrade=True).close()
    watchers = [lambda: _watch(settings)] * 2
    writers = [lambda i=i: _write_many(settings, i) for i in range(2)]
    crash.together([*watchers, *writers])


def test_many_threads_read_and_write_at_once(database: Database) -> None:
    def work(number: int) -> None:
        write(database, _name(number, 0))
        assert committed(database) <= database.counter()

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(work, range(64)))
    assert committed(database) == 64


def test_a_write_that_is_killed_anywhere_is_whole_or_never_was(settings: Settings) -> None:
    Database.open(settings, crash.real_edge(), upgrade=True).close()
    names = iter(f"{number:024x}" for number in range(1_000))
    name = ""

    def write_one() -> None:
        write(Database.open(settings, crash.real_edge()), name)

    def next_name() -> Callable[[], None]:
        nonlocal name
        name = next(names)
        return write_one

    survivors = leads = 0
    next_name()
    for _ in crash.each_line(write_one, "transaction", "_stamp", "stamp"):
        database = Database.open(settings, crash.real_edge())
        listed = name in epochs_by_name(database)
        with database.snapshot() as s:
            assert s.audit_log.verify() is None
            assert [e.object_id for e in s.audit_log.list()].count(name) == listed
        assert database.counter() >= committed(database)
        leads += database.counter() > committed(database)
        survivors += listed
        database.close()
        next_name()
    assert survivors >= 1
    assert leads >= settings.database_url.startswith("sqlite")


def test_what_was_acknowledged_outlives_a_kill(settings: Settings) -> None:
    Database.open(settings, crash.real_edge(), upgrade=True).close()
    acknowledged: list[int] = []

    def work(pipe: int) -> None:
        database = Database.open(settings, crash.real_edge())
        for number in range(len(acknowledged), 10_000):
            write(database, _name(0, number))
            os.write(pipe, b".")

    for round_ in range(5):
        crash.killed_while(
            work, lambda pipe: acknowledged.extend(os.read(pipe, 1)[0] for _ in range(7))
        )
        database = Database.open(settings, crash.real_edge())
        kept = epochs_by_name(database)
        assert {_name(0, number) for number in range(len(acknowledged))} <= set(kept), round_
        assert database.check() == ()
        with database.transaction() as t:
            t.connection.execute(sa.delete(schema.changes))
        acknowledged.clear()
        database.close()


pytestmark = pytest.mark.filterwarnings(crash.FORKS)


def _name(writer: int, number: int) -> str:
    return f"{writer:012x}{number:012x}"


def _write_many(settings: Settings, writer: int) -> None:
    database = Database.open(settings, crash.real_edge())
    for number in range(WRITES):
        write(database, _name(writer, number))


def _watch(settings: Settings) -> None:
    database = Database.open(settings, crash.real_edge())
    while committed(database) < 2 * WRITES:
        with database.snapshot() as s:
            seen = s.epoch
        assert database.counter() >= seen
