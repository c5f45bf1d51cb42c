"""No decision that started after a revocation was acknowledged allows."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from judge import racing
from keyreeve import settings as settings_module
from keyreeve.app import edge as real_edge
from keyreeve.settings import Settings
from keyreeve.storage.database import Database

MEMORY = Path("/dev/shm")
RACES, MANY = 5_000, 100_000
A_ROUND = 5 * racing.PROCESSES


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory, where there is one: what is raced is the protocol, not the disk."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def settings(folder: Path) -> Settings:
    url = f"sqlite:///{folder / 'keyreeve.db'}"
    return settings_module.load({"KEYREEVE_DATABASE_URL": url})


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database.open(settings, real_edge.real(), upgrade=True)
    yield opened
    opened.close()


@pytest.mark.parametrize("races", [RACES, pytest.param(MANY, marks=pytest.mark.hunt)])
def test_what_is_revoked_is_refused_by_every_process(
    database: Database, folder: Path, races: int
) -> None:
    outcome = racing.run(database, folder, rounds=races // A_ROUND)

    assert outcome.races == races
    assert outcome.decisions > races
    assert outcome.wrong == 0


def test_a_judge_who_does_not_look_at_the_counter_is_caught(
    database: Database, folder: Path
) -> None:
    outcome = racing.run(database, folder, rounds=3, blind=True)

    assert outcome.wrong > 0
