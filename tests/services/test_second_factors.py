from base64 import b32decode
from concurrent.futures import ThreadPoolExecutor

import pytest

from clock import Clock
from keyreeve.domain import second_factor
from keyreeve.domain.second_factor import Accepted, Blocked, Used, Verdict, Wrong
from keyreeve.domain.user import User
from keyreeve.protocol import totp
from keyreeve.services import second_factors
from keyreeve.storage.database import Database
from services.people import CLI, made

SUBMITS = 1_000
THREADS = 16
A_HUNT = 10_000


@pytest.fixture
def ada(database: Database) -> User:
    with database.transaction() as t:
        return made(t)


def code_at(secret: str, clock: Clock, *, steps: int = 0) -> str:
    return totp.code(b32decode(secret), totp.step_at(clock.now.timestamp()) + steps)


def wrong_at(secret: str, clock: Clock) -> str:
    right = {code_at(secret, clock, steps=n) for n in (-1, 0)}
    return next(f"{n:06}" for n in range(3) if f"{n:06}" not in right)


def enrolled(database: Database, user: User, clock: Clock) -> tuple[str, tuple[str, ...]]:
    """Return the secret and the recovery codes of a second factor that is set up."""
    with database.transaction() as t:
        secret = second_factors.begin(t, user).secret
        codes = second_factors.confirm(t, CLI, user, code_at(secret, clock))
    assert isinstance(codes, tuple)
    clock.pass_by(seconds=60)
    return secret, codes


def verified(database: Database, user: User, code: str) -> Verdict:
    with database.transaction() as t:
        return second_factors.verify(t, CLI, user, code)


def test_a_factor_is_in_use_only_after_a_first_code(
    database: Database, ada: User, clock: Clock
) -> None:
    with database.transaction() as t:
        proposed = second_factors.begin(t, ada)
        assert second_factors.pending(t, ada) == proposed
        assert second_factors.enabled(t, ada) is None
        wrong = second_factors.confirm(t, CLI, ada, wrong_at(proposed.secret, clock))
        assert wrong == Wrong()
        codes = second_factors.confirm(t, CLI, ada, code_at(proposed.secret, clock))
        factor = second_factors.enabled(t, ada)
    assert isinstance(codes, tuple)
    assert len(set(codes)) == 10
    assert factor == second_factor.SecondFactor(clock.now, 10)


def test_the_uri_is_what_authenticators_read(database: Database, ada: User) -> None:
    with database.transaction() as t:
        proposed = second_factors.begin(t, ada)
    assert proposed.uri == (
        f"otpauth://totp/Keyreeve:ada@example.org?secret={proposed.secret}&issuer=Keyreeve"
    )
    assert proposed.secret not in repr(proposed)


def test_a_code_is_accepted_once(database: Database, ada: User, clock: Clock) -> None:
    secret, _ = enrolled(database, ada, clock)
    code = code_at(secret, clock)
    assert verified(database, ada, f"{code[:3]} {code[3:]}") == Accepted()
    assert verified(database, ada, code) == Used()
    assert verified(database, ada, code_at(secret, clock, steps=-1)) == Used()


def test_the_step_before_is_accepted_and_the_next_is_not(
    database: Database, ada: User, clock: Clock
) -> None:
    secret, _ = enrolled(database, ada, clock)
    assert verified(database, ada, code_at(secret, clock, steps=1)) == Wrong()
    assert verified(database, ada, code_at(secret, clock, steps=-2)) == Wrong()
    assert verified(database, ada, code_at(secret, clock, steps=-1)) == Accepted()


def test_of_simultaneous_submits_of_one_code_one_wins(
    database: Database, ada: User, clock: Clock
) -> None:
    secret, _ = enrolled(database, ada, clock)
    code = code_at(secret, clock)
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda _: verified(database, ada, code), range(SUBMITS)))
    assert answers.count(Accepted()) == 1


def test_wrong_codes_are_counted_exactly_and_few_are_compared(
    database: Database, ada: User, clock: Clock
) -> None:
    secret, _ = enrolled(database, ada, clock)
    tries = 200
    for _ in range(tries):
        clock.pass_by(minutes=3)
        verified(database, ada, wrong_at(secret, clock))
    with database.snapshot() as s:
        stored = s.second_factors.get(ada.id)
    assert stored is not None
    # Enrolling took the first try of the day.
    assert stored.guesses.tried == tries + 1
    assert stored.guesses.wrong <= second_factor.WRONG_A_DAY


@pytest.mark.parametrize("tries", [SUBMITS, pytest.param(A_HUNT, marks=pytest.mark.hunt)])
def test_parallel_wrong_codes_are_counted_exactly_and_few_are_compared(
    database: Database, ada: User, clock: Clock, tries: int
) -> None:
    secret, _ = enrolled(database, ada, clock)
    wrong = wrong_at(secret, clock)

    def guessed(number: int) -> Verdict:
        # Twenty hours go by, so that pauses end and the limit of the day is what remains.
        if number % 10 == 0:
            clock.pass_by(hours=20 / (tries / 10))
        return verified(database, ada, wrong)

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(guessed, range(tries)))
    assert 20 < answers.count(Wrong()) <= second_factor.WRONG_A_DAY
    with database.snapshot() as s:
        stored = s.second_factors.get(ada.id)
    assert stored is not None
    assert stored.guesses.tried == tries + 1
    assert stored.guesses.wrong == answers.count(Wrong())


def test_a_right_code_is_not_compared_while_blocked(
    database: Database, ada: User, clock: Clock
) -> None:
    secret, _ = enrolled(database, ada, clock)
    for _ in range(second_factor.WRONG_IN_A_ROW):
        verified(database, ada, wrong_at(secret, clock))
    blocked = verified(database, ada, code_at(secret, clock))
    assert isinstance(blocked, Blocked)
    clock.now = blocked.until
    assert verified(database, ada, code_at(secret, clock)) == Accepted()


def test_switching_off_and_on_does_not_reset_the_count(
    database: Database, ada: User, clock: Clock
) -> None:
    secret, _ = enrolled(database, ada, clock)
    for _ in range(second_factor.WRONG_IN_A_ROW):
        verified(database, ada, wrong_at(secret, clock))
    with database.transaction() as t:
        assert second_factors.disable(t, CLI, ada)
        assert not second_factors.disable(t, CLI, ada)
        proposed = second_factors.begin(t, ada)
        answer = second_factors.confirm(t, CLI, ada, code_at(proposed.secret, clock))
    assert isinstance(answer, Blocked)


def test_a_recovery_code_works_once_in_any_spelling(
    database: Database, ada: User, clock: Clock
) -> None:
    _, codes = enrolled(database, ada, clock)
    assert verified(database, ada, codes[0].lower()) == Accepted(by_recovery_code=True)
    assert verified(database, ada, codes[0]) == Wrong()
    assert verified(database, ada, codes[1].replace("-", " ")) == Accepted(by_recovery_code=True)
    with database.snapshot() as s:
        factor = second_factors.enabled(s, ada)
    assert factor is not None
    assert factor.recovery_codes_left == 8


def test_a_seed_moved_to_another_user_does_not_open(
    database: Database, ada: User, clock: Clock
) -> None:
    enrolled(database, ada, clock)
    with database.transaction() as t:
        eve = made(t, "eve")
        second_factors.begin(t, eve)
        t.connection.exec_driver_sql(
            "UPDATE second_factors SET sealed_seed = (SELECT sealed_seed FROM second_factors"
            f" WHERE user_id = '{ada.id}') WHERE user_id = '{eve.id}'"
        )
    with database.snapshot() as s, pytest.raises(Exception, match="does not open"):
        s.second_factors.get(eve.id)
