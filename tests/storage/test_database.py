from keyreeve.domain.audit import Actor
from keyreeve.storage.database import Database

CLI = Actor("cli:test")


def test_a_change_takes_the_next_epoch(database: Database) -> None:
    with database.transaction() as t:
        t.changed("user", "a" * 24)
        t.record(CLI, "user.disable", "a" * 24)

    with database.snapshot() as s:
        assert (s.epoch, database.counter()) == (1, 1)
        assert [change.id for change in s.subjects.changes_since(0) or ()] == ["a" * 24]
