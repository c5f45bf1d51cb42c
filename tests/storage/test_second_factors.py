from datetime import UTC, datetime

from keyreeve.domain.second_factor import Guesses
from keyreeve.storage.database import Database
from storage.people import user

NOW = datetime(2026, 1, 2, 3, tzinfo=UTC)
SEED = b"a seed of twenty byte"


def test_a_seed_waits_beside_the_one_in_use(database: Database) -> None:
    ada = user(1)
    with database.transaction() as t:
        t.users.add(ada)
        assert t.second_factors.get(ada.id) is None
        t.second_factors.propose(ada.id, SEED, NOW)
        t.second_factors.adopt(ada.id, SEED, 7, NOW)
        t.second_factors.propose(ada.id, b"another", NOW)
        stored = t.second_factors.get(ada.id, lock=True)
    assert stored is not None
    assert (stored.seed, stored.pending, stored.last_step) == (SEED, b"another", 7)
    assert stored.since == NOW
    assert "seed" not in repr(stored)


def test_seeds_are_sealed_in_the_table(database: Database) -> None:
    ada = user(1)
    with database.transaction() as t:
        t.users.add(ada)
        t.second_factors.propose(ada.id, SEED, NOW)
        row = t.connection.exec_driver_sql("SELECT sealed_pending FROM second_factors").one()
    assert SEED not in bytes(row[0])


def test_what_was_guessed_outlives_the_factor(database: Database) -> None:
    ada = user(1)
    guesses = Guesses(NOW.date(), 9, 8, 7, NOW)
    with database.transaction() as t:
        t.users.add(ada)
        t.second_factors.propose(ada.id, SEED, NOW)
        t.second_factors.adopt(ada.id, SEED, 7, NOW)
        t.second_factors.set_recovery_codes(ada.id, [b"r" * 32])
        t.second_factors.count(ada.id, guesses)
        t.second_factors.forget(ada.id)
        stored = t.second_factors.get(ada.id)
        assert t.second_factors.recovery_codes(ada.id) == 0
    assert stored is not None
    assert (stored.seed, stored.pending, stored.guesses) == (None, None, guesses)


def test_a_recovery_code_is_spent_once_and_by_its_owner(database: Database) -> None:
    ada, eve = user(1), user(2)
    with database.transaction() as t:
        t.users.add(ada)
        t.users.add(eve)
        t.second_factors.set_recovery_codes(ada.id, [b"r" * 32, b"s" * 32])
        assert not t.second_factors.spend_recovery_code(eve.id, b"r" * 32)
        assert t.second_factors.spend_recovery_code(ada.id, b"r" * 32)
        assert not t.second_factors.spend_recovery_code(ada.id, b"r" * 32)
        assert t.second_factors.recovery_codes(ada.id) == 1
