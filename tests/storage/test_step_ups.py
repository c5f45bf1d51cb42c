from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from keyreeve.domain.session import Session
from keyreeve.storage.database import Database
from storage.people import user

NOW = datetime(2026, 1, 2, 3, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def session_id(database: Database) -> str:
    ada = user(1)
    with database.transaction() as t:
        t.users.add(ada)
        session = Session("1" * 24, ada.id, NOW, NOW, verified=True)
        t.sessions.add(session, b"d" * 32)
        return session.id


def test_a_renewed_grant_is_one_grant(database: Database, session_id: str) -> None:
    with database.transaction() as t:
        t.step_ups.grant(session_id, "action", "object", NOW)
        t.step_ups.grant(session_id, "action", "object", LATER)
        assert t.step_ups.spend(session_id, "action", "object", NOW)
        assert not t.step_ups.spend(session_id, "action", "object", NOW)


def test_a_grant_that_is_over_is_spent_without_effect(database: Database, session_id: str) -> None:
    with database.transaction() as t:
        t.step_ups.grant(session_id, "action", "object", NOW)
        assert not t.step_ups.spend(session_id, "action", "object", NOW)


def test_a_ticket_is_new_once(database: Database, session_id: str) -> None:
    with database.transaction() as t:
        assert t.step_ups.spend_ticket(session_id, "ticket")
        assert not t.step_ups.spend_ticket(session_id, "ticket")


def test_nothing_is_kept_for_a_session_that_is_not(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as t:
        t.step_ups.grant("f" * 24, "action", "object", LATER)
