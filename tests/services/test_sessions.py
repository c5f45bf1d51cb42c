import pytest

from clock import Clock
from keyreeve.domain.edge import Edge
from keyreeve.domain.session import Session
from keyreeve.domain.user import User
from keyreeve.services import sessions, users
from keyreeve.storage.database import Database
from services.people import CLI, made


@pytest.fixture
def ada(database: Database) -> User:
    with database.transaction() as t:
        made(t, "grace")
        return made(t)


def begun(database: Database, user: User, *, verified: bool = True) -> tuple[Session, str]:
    with database.transaction() as t:
        return sessions.begin(
            t, CLI, user, address="203.0.113.7", browser="Firefox", verified=verified
        )


def found(database: Database, token: str, edge: Edge) -> Session | None:
    with database.snapshot() as s:
        session = sessions.find(s, token, edge)
    return None if session is None else session[0]


def test_a_session_is_found_by_its_secret_alone(database: Database, ada: User, edge: Edge) -> None:
    session, token = begun(database, ada)
    assert found(database, token, edge) == session
    assert found(database, token + "x", edge) is None
    assert found(database, session.id, edge) is None


def test_a_session_left_alone_is_over(database: Database, ada: User, clock: Clock) -> None:
    session, token = begun(database, ada)
    clock.pass_by(minutes=29)
    with database.transaction() as t:
        sessions.seen(t, session, "203.0.113.8")
    clock.pass_by(minutes=29)
    assert found(database, token, clock.edge()) is not None
    clock.pass_by(minutes=1)
    assert found(database, token, clock.edge()) is None


def test_no_session_lasts_longer_than_half_a_day(
    database: Database, ada: User, clock: Clock
) -> None:
    session, token = begun(database, ada)
    for _ in range(24):
        clock.pass_by(minutes=29.5)
        with database.transaction() as t:
            sessions.seen(t, session, None)
    assert found(database, token, clock.edge()) is not None
    clock.pass_by(minutes=12)
    assert found(database, token, clock.edge()) is None


def test_an_unverified_session_waits_ten_minutes(
    database: Database, ada: User, clock: Clock
) -> None:
    _, token = begun(database, ada, verified=False)
    clock.pass_by(minutes=9)
    waiting = found(database, token, clock.edge())
    assert waiting is not None
    assert not waiting.verified
    clock.pass_by(minutes=1)
    assert found(database, token, clock.edge()) is None


def test_a_verified_session_has_a_new_secret(database: Database, ada: User, edge: Edge) -> None:
    session, old = begun(database, ada, verified=False)
    with database.transaction() as t:
        verified, new = sessions.verify(t, CLI, session)
    assert found(database, old, edge) is None
    assert found(database, new, edge) == verified
    with database.transaction() as t:
        _, newest = sessions.rotate(t, verified)
    assert found(database, new, edge) is None
    assert found(database, newest, edge) == verified


def test_a_disabled_user_has_no_session(database: Database, ada: User, edge: Edge) -> None:
    _, token = begun(database, ada)
    with database.transaction() as t:
        users.disable(t, CLI, ada)
    assert found(database, token, edge) is None
    with database.transaction() as t:
        users.enable(t, CLI, ada)
    assert found(database, token, edge) is None


def test_a_user_ends_his_own_sessions_and_nobody_elses(
    database: Database, ada: User, edge: Edge
) -> None:
    kept, _ = begun(database, ada)
    ended, token = begun(database, ada)
    with database.transaction() as t:
        grace = users.find(t, "grace@example.org")
        assert not sessions.end(t, CLI, grace, ended.id)
        assert sessions.end(t, CLI, ada, ended.id)
    assert found(database, token, edge) is None
    begun(database, ada)
    with database.transaction() as t:
        assert sessions.end_all(t, CLI, ada, but=kept) == 1
        assert sessions.list(t, ada, edge) == (kept,)
        assert sessions.end_all(t, CLI, ada) == 1
        assert sessions.list(t, ada, edge) == ()


def test_use_is_noted_once_a_minute_and_moves_no_epoch(
    database: Database, ada: User, clock: Clock
) -> None:
    session, _ = begun(database, ada)
    before = database.counter()
    clock.pass_by(seconds=30)
    with database.transaction() as t:
        sessions.seen(t, session, session.address)
        assert sessions.list(t, ada, clock.edge()) == (session,)
        clock.pass_by(seconds=30)
        sessions.seen(t, session, session.address)
        (listed,) = sessions.list(t, ada, clock.edge())
    assert listed.last_seen == clock.now
    assert database.counter() == before
