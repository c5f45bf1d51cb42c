from datetime import UTC, datetime, timedelta

from keyreeve.storage.database import Database

NOW = datetime(2026, 1, 2, 3, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)
DIGEST = b"d" * 32


def test_who_never_tried_is_due_now(database: Database) -> None:
    with database.transaction() as t:
        assert t.throttles.arrival(DIGEST, NOW) == NOW


def test_an_arrival_is_kept_until_it_is_past(database: Database) -> None:
    with database.transaction() as t:
        t.throttles.arrival(DIGEST, NOW)
        t.throttles.set(DIGEST, LATER)
        t.throttles.forget_past(LATER)
        assert t.throttles.arrival(DIGEST, NOW) == LATER
        t.throttles.forget_past(LATER + timedelta(seconds=1))
        assert t.throttles.arrival(DIGEST, NOW) == NOW


def test_one_may_begin_anew(database: Database) -> None:
    with database.transaction() as t:
        for digest in (DIGEST, b"e" * 32):
            t.throttles.arrival(digest, NOW)
            t.throttles.set(digest, LATER)
        t.throttles.forget(DIGEST)
        assert t.throttles.arrival(DIGEST, NOW) == NOW
        assert t.throttles.arrival(b"e" * 32, NOW) == LATER
