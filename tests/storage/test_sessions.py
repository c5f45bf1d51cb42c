from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from keyreeve.domain.session import Session
from keyreeve.storage.database import Database
from storage.people import user

START = datetime(2026, 1, 2, tzinfo=UTC)
DIGEST = b"d" * 32


def session(user_id: str, number: int = 1) -> Session:
    return Session(f"{number:024}", user_id, START, START, True, "203.0.113.7", "Firefox")


def test_sessions_come_back_as_they_were_kept(database: Database) -> None:
    ada = user(1)
    with database.transaction() as t:
        t.users.add(ada)
        first, second = session(ada.id, 1), session(ada.id, 2)
        t.sessions.add(first, DIGEST)
        t.sessions.add(second, b"e" * 32)
        t.sessions.seen(second.id, START + timedelta(hours=1), None)
        second = replace(second, last_seen=START + timedelta(hours=1), address=None)
        assert t.sessions.list(ada.id) == (second, first)
        assert t.sessions.by_token(DIGEST) == first
        assert t.sessions.get(ada.id, second.id) == second
        assert t.sessions.get("f" * 24, second.id) is None


def test_two_sessions_never_share_a_secret(database: Database) -> None:
    ada = user(1)
    with database.transaction() as t:
        t.users.add(ada)
        t.sessions.add(session(ada.id, 1), DIGEST)
    with pytest.raises(IntegrityError), database.transaction() as t:
        t.sessions.add(session(ada.id, 2), DIGEST)


def test_old_sessions_of_everybody_are_forgotten(database: Database) -> None:
    ada = user(1)
    with database.transaction() as t:
        t.users.add(ada)
        t.sessions.add(session(ada.id), DIGEST)
        t.sessions.remove_old(START + timedelta(hours=11, minutes=59))
        assert t.sessions.by_token(DIGEST) is not None
        t.sessions.remove_old(START + timedelta(hours=12))
        assert t.sessions.by_token(DIGEST) is None


def test_a_changed_secret_is_the_only_one(database: Database) -> None:
    ada = user(1)
    with database.transaction() as t:
        t.users.add(ada)
        t.sessions.add(replace(session(ada.id), verified=False), DIGEST)
        assert t.sessions.change(session(ada.id).id, b"n" * 32, verified=True)
        assert t.sessions.by_token(DIGEST) is None
        assert t.sessions.by_token(b"n" * 32) == session(ada.id)
        assert not t.sessions.change("f" * 24, b"m" * 32, verified=True)
