from concurrent.futures import ThreadPoolExecutor

import pytest

from clock import Clock
from keyreeve.domain.errors import InvalidUsername, SetupOver
from keyreeve.domain.role import GLOBAL_OWNER, GROUP_OWNER
from keyreeve.domain.user import User
from keyreeve.services import setup, users
from keyreeve.storage.database import Database
from services.people import made

HASH = users.PasswordHash("$argon2id$v=19$m=47104,t=1,p=1$c29tZXNhbHQ$aGFzaA")


def cookie(database: Database) -> str:
    with database.transaction() as t:
        got = setup.exchange(t, setup.link(t))
    assert got is not None
    return got


def completed(database: Database, secret: str, name: str = "ada@example.org") -> User:
    with database.transaction() as t:
        return setup.complete(
            t, secret, username=name, first_name="Ada", last_name="Lovelace", password=HASH
        )


def test_the_first_user_owns_everything_and_a_first_group(database: Database) -> None:
    ada = completed(database, cookie(database))
    with database.snapshot() as s:
        assert users.find(s, ada.id).global_roles == {GLOBAL_OWNER}
        (group,) = s.groups.of_user(ada.id)
        assert not group.public_api_enabled
        assert s.groups.roles(ada.id, group.id) == {GROUP_OWNER}


def test_a_link_is_followed_once(database: Database) -> None:
    with database.transaction() as t:
        token = setup.link(t)
        assert setup.exchange(t, token) is not None
        assert setup.exchange(t, token) is None


def test_a_link_lasts_an_hour_and_so_does_its_cookie(database: Database, clock: Clock) -> None:
    with database.transaction() as t:
        token = setup.link(t)
        clock.pass_by(hours=1)
        assert setup.exchange(t, token) is None
    held = cookie(database)
    with database.snapshot() as s:
        assert setup.find(s, held, clock.edge())
    clock.pass_by(hours=1)
    with database.snapshot() as s:
        assert not setup.find(s, held, clock.edge())
    with pytest.raises(SetupOver):
        completed(database, held)


def test_a_newer_link_ends_an_older_one(database: Database) -> None:
    with database.transaction() as t:
        old = setup.link(t)
    held = cookie(database)
    with database.transaction() as t:
        assert setup.exchange(t, old) is None
        setup.link(t)
    with pytest.raises(SetupOver):
        completed(database, held)


def test_the_first_user_however_made_ends_the_first_run(database: Database) -> None:
    held = cookie(database)
    with database.transaction() as t:
        link = setup.link(t)
        made(t)
        assert not setup.is_open(t)
        assert setup.exchange(t, link) is None
        with pytest.raises(SetupOver):
            setup.link(t)
    with pytest.raises(SetupOver):
        completed(database, held, "eve@example.org")


def test_what_is_refused_spends_nothing(database: Database) -> None:
    held = cookie(database)
    with pytest.raises(InvalidUsername):
        completed(database, held, "no address")
    assert completed(database, held).username == "ada@example.org"


def test_of_simultaneous_first_users_one_is_made(database: Database) -> None:
    held = cookie(database)

    def attempt(number: int) -> bool:
        try:
            completed(database, held, f"user{number}@example.org")
        except SetupOver:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(attempt, range(8))).count(True) == 1
    with database.snapshot() as s:
        assert len(s.users.list()) == 1
