import sqlalchemy as sa

from keyreeve.domain.audit import Actor
from keyreeve.storage import schema
from keyreeve.storage.database import Database

CLI = Actor("cli:test")


def committed(database: Database) -> int:
    with database.snapshot() as s:
        return s.epoch


def stored_changes(database: Database) -> list[tuple[int, str, str]]:
    with database.snapshot() as s:
        rows = s.connection.execute(sa.select(schema.changes).order_by(schema.changes.c.epoch))
        return [tuple(row) for row in rows]


def go_to(database: Database, epoch: int) -> None:
    with database._engines.writer.begin() as connection:
        connection.execute(sa.update(schema.installation).values(epoch=epoch))
    if database._epoch_file is not None:
        database._epoch_file.raise_to(epoch)


def test_a_change_takes_the_next_epoch_and_is_listed(database: Database) -> None:
    with database.transaction() as t:
        t.changed("user", "a" * 24)
        t.changed("group", "b" * 24)
        t.changed("user", "a" * 24)

    assert stored_changes(database) == [(1, "group", "b" * 24), (1, "user", "a" * 24)]
    assert (committed(database), database.counter()) == (1, 1)


def test_an_audit_event_alone_takes_an_epoch(database: Database) -> None:
    with database.transaction() as t:
        event = t.record(CLI, "user.create", "a" * 24, details={"username": "ada@example.org"})

    with database.snapshot() as s:
        assert s.audit_log.list() == (event,)
    assert committed(database) == 1


def test_nothing_changed_takes_no_epoch(database: Database) -> None:
    with database.transaction() as t:
        t.users.list()

    assert (committed(database), database.counter()) == (0, 0)


def test_a_transaction_sees_the_epoch_it_began_at(database: Database) -> None:
    for expected in range(3):
        with database.transaction() as t:
            assert t.epoch == expected
            t.changed("user", "a" * 24)


def test_the_list_of_changes_reaches_ten_thousand_epochs_back(database: Database) -> None:
    with database.transaction() as t:
        t.changed("user", "a" * 24)
    go_to(database, 10_239)
    with database.transaction() as t:
        t.changed("user", "b" * 24)
    go_to(database, 10_495)
    with database.transaction() as t:
        t.changed("user", "c" * 24)

    assert [epoch for epoch, *_ in stored_changes(database)] == [10_240, 10_496]
    with database.snapshot() as s:
        assert s.subjects.changes_since(0) is None
        assert [c.id[0] for c in s.subjects.changes_since(10_239) or ()] == ["b", "c"]


def test_a_change_however_old_stays_listed_while_no_newer_one_is(database: Database) -> None:
    with database.transaction() as t:
        t.changed("user", "a" * 24)
    go_to(database, 50_175)
    with database.transaction() as t:
        t.record(CLI, "user.create", "a" * 24)

    with database.snapshot() as s:
        assert [c.id for c in s.subjects.changes_since(0) or ()] == ["a" * 24]
