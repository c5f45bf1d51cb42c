from concurrent.futures import ThreadPoolExecutor

import pytest

from clock import Clock
from keyreeve.domain.errors import SignInThrottled
from keyreeve.services import sign_ins, users
from keyreeve.storage.database import Database
from services.people import CLI, made

NAME, HERE, THERE = "ada@example.org", "203.0.113.7", "198.51.100.7"
PASSWORD = "correct horse battery"


def admitted(database: Database, name: str = NAME, address: str | None = HERE) -> bool:
    try:
        with database.transaction() as t:
            sign_ins.admit(t, name, address)
    except SignInThrottled:
        return False
    return True


def test_the_sixth_try_of_a_name_from_an_address_waits(database: Database, clock: Clock) -> None:
    assert [admitted(database) for _ in range(6)] == [True] * 5 + [False]
    assert not admitted(database, NAME.upper())
    clock.pass_by(seconds=30)
    assert [admitted(database), admitted(database)] == [True, False]


def test_a_name_is_never_throttled_alone(database: Database) -> None:
    while admitted(database):
        pass
    assert admitted(database, address=THERE)


def test_an_address_is_throttled_whatever_the_names(database: Database) -> None:
    tries = [admitted(database, f"user{n}@example.org") for n in range(31)]
    assert tries == [True] * 30 + [False]
    assert admitted(database, address=THERE)


def test_a_refusal_says_how_long_to_wait_and_counts_nothing(
    database: Database, clock: Clock
) -> None:
    while admitted(database):
        pass
    for _ in range(10):
        with pytest.raises(SignInThrottled, match="30 seconds"), database.transaction() as t:
            sign_ins.admit(t, NAME, HERE)
    clock.pass_by(seconds=30)
    assert admitted(database)


def test_success_forgets_the_wrong_tries(database: Database) -> None:
    while admitted(database):
        pass
    with database.transaction() as t:
        sign_ins.succeeded(t, NAME, HERE)
    assert admitted(database)


def test_simultaneous_tries_are_counted_one_by_one(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        tries = list(pool.map(lambda _: admitted(database), range(24)))
    assert tries.count(True) == 5


def test_a_password_matches_its_user_alone(database: Database) -> None:
    hashed = users.hashed(PASSWORD)
    with database.transaction() as t:
        ada = made(t)
        users.set_password(t, CLI, ada, hashed)
        made(t, "keyless")
        known, stored = sign_ins.stored_hash(t, NAME)
        unknown, dummy = sign_ins.stored_hash(t, "nobody@example.org")
        without, none = sign_ins.stored_hash(t, "keyless@example.org")
    assert known == ada
    assert sign_ins.matches(stored, PASSWORD)
    assert not sign_ins.matches(stored, PASSWORD + "x")
    assert not sign_ins.matches(stored, "x" * 100_000)
    assert unknown is None
    assert not sign_ins.matches(dummy, "nobody's password")
    assert without is not None
    assert not sign_ins.matches(none, "nobody's password")


def test_a_disabled_user_has_no_password(database: Database) -> None:
    hashed = users.hashed(PASSWORD)
    with database.transaction() as t:
        ada = made(t)
        users.set_password(t, CLI, ada, hashed)
        users.disable(t, CLI, ada)
        assert sign_ins.stored_hash(t, NAME)[0] is None
