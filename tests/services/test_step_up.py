import pytest

from clock import Clock
from keyreeve.domain.errors import UserNotFound
from keyreeve.domain.session import Session
from keyreeve.services import sessions, step_up, users
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Transaction
from services.people import CLI, made

ACTION = "api_key.generate"


def session(t: Transaction) -> Session:
    user = t.users.by_name("ada@example.org") or made(t)
    return sessions.begin(t, CLI, user, address=None, browser="", verified=True)[0]


def test_a_grant_is_good_for_one_use(database: Database) -> None:
    with database.transaction() as t:
        ours = session(t)
        step_up.grant(t, ours, ACTION, "object")
        assert step_up.spend(t, ours, ACTION, "object")
        assert not step_up.spend(t, ours, ACTION, "object")


def test_a_grant_is_bound_to_session_action_and_object(database: Database) -> None:
    with database.transaction() as t:
        ours, another = session(t), session(t)
        step_up.grant(t, ours, ACTION, "object")
        assert not step_up.spend(t, another, ACTION, "object")
        assert not step_up.spend(t, ours, "second_factor.disable", "object")
        assert not step_up.spend(t, ours, ACTION, "another")
        assert step_up.spend(t, ours, ACTION, "object")


def test_a_grant_lasts_five_minutes(database: Database, clock: Clock) -> None:
    with database.transaction() as t:
        ours = session(t)
        step_up.grant(t, ours, ACTION, "object")
        clock.pass_by(minutes=4)
        step_up.grant(t, ours, ACTION, "object")
        clock.pass_by(minutes=4)
        assert step_up.spend(t, ours, ACTION, "object")
        step_up.grant(t, ours, ACTION, "object")
        clock.pass_by(minutes=5)
        assert not step_up.spend(t, ours, ACTION, "object")


def test_a_grant_dies_with_its_action_undone(database: Database) -> None:
    with database.transaction() as t:
        ours = session(t)
        step_up.grant(t, ours, ACTION, "object")
    with pytest.raises(UserNotFound):
        _spend_and_fail(database, ours)
    with database.transaction() as t:
        assert step_up.spend(t, ours, ACTION, "object")


def test_a_form_does_its_work_once_in_a_session(database: Database) -> None:
    with database.transaction() as t:
        ours, another = session(t), session(t)
        assert step_up.once(t, ours, "ticket")
        assert not step_up.once(t, ours, "ticket")
        assert step_up.once(t, another, "ticket")
        assert not step_up.once(t, ours, "")
        assert not step_up.once(t, ours, "t" * 65)


def test_grants_and_tickets_end_with_the_session(database: Database) -> None:
    with database.transaction() as t:
        ours = session(t)
        step_up.grant(t, ours, ACTION, "object")
        step_up.once(t, ours, "ticket")
        sessions.end_all(t, CLI, made(t, "eve"))
        assert t.sessions.remove(ours.user_id, ours.id)
        for table in ("step_up_grants", "spent_tickets"):
            left = t.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            assert left == 0


def _spend_and_fail(database: Database, ours: Session) -> None:
    with database.transaction() as t:
        assert step_up.spend(t, ours, ACTION, "object")
        users.find(t, "nobody")
