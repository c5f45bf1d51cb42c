"""Freshness on a real database: what may be kept, what is applied, and how it heals."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from clock import Clock
from judge import court
from judge.court import Court
from keyreeve.domain.decision import Allow, Challenge, Proof
from keyreeve.judge.freshness import HEAL_AFTER, Freshness
from keyreeve.judge.subjects import Missed, Subjects
from keyreeve.services import api_keys, groups
from keyreeve.settings import Settings
from keyreeve.storage import schema
from keyreeve.storage.database import Database
from keyreeve.storage.errors import DatabaseLost


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 1, 2, tzinfo=UTC))


@pytest.fixture
def database(settings: Settings, clock: Clock) -> Iterator[Database]:
    opened = Database.open(settings, clock.edge(), upgrade=True)
    yield opened
    opened.close()


@pytest.fixture
def hall(database: Database) -> Court:
    return court.opened(database)


@pytest.fixture
def memory() -> Subjects:
    return Subjects()


@pytest.fixture
def freshness(database: Database, memory: Subjects) -> Freshness:
    return Freshness(database, memory)


def disable(hall: Court, *, enabled: bool = False) -> None:
    hall.change(api_keys.set_enabled, hall.ada, hall.key.id, enabled=enabled)


def test_what_was_loaded_at_the_epoch_of_the_start_is_kept(
    hall: Court, freshness: Freshness, memory: Subjects
) -> None:
    with freshness.snapshot(hall.database.counter()) as view:
        loaded = view.subject(hall.key.username)

    assert memory.subject(hall.key.username) is loaded
    assert memory.applied == hall.database.counter()


def test_a_load_that_started_before_a_change_is_used_and_not_kept(
    hall: Court, freshness: Freshness, memory: Subjects
) -> None:
    start = hall.database.counter()
    disable(hall)

    with freshness.snapshot(start) as view:
        loaded = view.subject(hall.key.username)

    assert loaded is not None
    assert not loaded.credentials[0].enabled
    with pytest.raises(Missed):
        memory.subject(hall.key.username)


def test_a_load_is_not_kept_while_the_counter_is_ahead_of_the_database(
    hall: Court, freshness: Freshness, memory: Subjects
) -> None:
    """Somebody has counted and not committed: his change is not in what we load."""
    with freshness.snapshot(hall.database.counter() + 1) as view:
        assert view.subject(hall.key.username) is not None

    with pytest.raises(Missed):
        memory.subject(hall.key.username)


def test_a_load_is_not_kept_once_another_thread_has_moved_on(
    hall: Court, freshness: Freshness, memory: Subjects
) -> None:
    start = hall.database.counter()
    with freshness.snapshot(start) as view:
        memory.move_on([], start + 1)
        assert view.subject(hall.key.username) is not None

    with pytest.raises(Missed):
        memory.subject(hall.key.username)


def test_what_is_remembered_of_another_epoch_is_not_used_in_a_snapshot(
    hall: Court, freshness: Freshness, memory: Subjects
) -> None:
    start = hall.database.counter()
    with freshness.snapshot(start) as view:
        memory.move_on([], start + 1)
        memory.keep_subject(hall.key.username, None)
        memory.keep_group("id", hall.group.id, None)

        assert view.subject(hall.key.username) is not None
        assert view.group("id", hall.group.id) is not None


def test_a_snapshot_never_moves_the_memory_back(
    hall: Court, freshness: Freshness, memory: Subjects
) -> None:
    memory.move_on([], hall.database.counter() + 7)

    with freshness.snapshot(hall.database.counter()):
        pass

    assert memory.applied == hall.database.counter() + 7


def test_a_change_drops_only_what_it_concerns(hall: Court) -> None:
    bob = hall.another_user("bob@example.org")
    key = hall.another_key(bob)
    hall.decide()
    hall.decide(key=key)
    memory = hall.judge._subjects

    disable(hall)
    hall.decide()

    assert memory.subject(key.username) is not None


def test_a_judge_whose_place_in_the_list_was_trimmed_starts_afresh(hall: Court) -> None:
    assert hall.decide() == Allow()
    disable(hall)
    hall.change(groups.create, name="Looms", owner=None)
    with hall.database.transaction() as t:
        changes = schema.changes.c
        newest = sa.select(sa.func.max(changes.epoch)).scalar_subquery()
        t.connection.execute(sa.delete(schema.changes).where(changes.epoch < newest))

    assert hall.decide() == Challenge(Proof.KEY_DISABLED)


class TestHealing:
    """A writer died after he had counted: the counter is ahead, and nothing will move it."""

    @pytest.fixture
    def engine(self) -> str:
        return "sqlite"

    @pytest.fixture
    def ahead(self, hall: Court) -> Court:
        hall.decide()
        file = hall.database._epoch_file
        assert file is not None
        file.raise_to(file.read() + 3)
        return hall

    def test_decisions_are_right_and_slow_meanwhile(self, ahead: Court) -> None:
        assert ahead.judge.hit(ahead.signed()) is None
        assert ahead.decide() == Allow()
        assert ahead.judge.hit(ahead.signed()) is None

        disable(ahead)
        assert ahead.decide() == Challenge(Proof.KEY_DISABLED)

    def test_after_a_second_an_empty_change_catches_up(self, ahead: Court, clock: Clock) -> None:
        counter = ahead.database.counter()
        ahead.decide()
        clock.pass_by(milliseconds=HEAL_AFTER - 1)
        ahead.decide()
        assert ahead.database.counter() == counter

        clock.pass_by(milliseconds=1)
        ahead.decide()

        assert ahead.database.counter() == counter + 1
        ahead.decide()
        assert ahead.judge.hit(ahead.signed()) is not None

    def test_a_counter_that_keeps_moving_is_not_healed(self, ahead: Court, clock: Clock) -> None:
        file = ahead.database._epoch_file
        assert file is not None
        for _ in range(5):
            ahead.decide()
            file.raise_to(file.read() + 1)
            clock.pass_by(milliseconds=HEAL_AFTER - 1)

        counter = file.read()
        ahead.decide()
        assert file.read() == counter


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_glance_finds_that_the_database_is_gone(hall: Court) -> None:
    hall.judged(hall.signed())
    file = hall.database.settings.database_file
    assert file is not None
    hall.judge.glance()
    assert hall.judge.hit(hall.signed()) is not None
    file.unlink()
    with pytest.raises(DatabaseLost):
        hall.judge.glance()
