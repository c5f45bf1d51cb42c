"""The fixtures every room may use: frozen time, and a fresh database on every engine."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keyreeve import settings as settings_module
from keyreeve.domain.edge import Edge
from keyreeve.settings import Settings
from keyreeve.storage.database import Database
from postgres import Postgres

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TICKS = 1_000_000_000


@pytest.fixture
def edge() -> Edge:
    """Frozen time and counted entropy: no two values are alike, none is by chance."""
    return Edge(now=lambda: NOW, ticks=lambda: TICKS, entropy=counted())


def counted() -> Callable[[int], bytes]:
    numbers = itertools.count(1)
    return lambda size: next(numbers).to_bytes(size)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for the whole run, on a free port of 127.0.0.1."""
    with Postgres.started() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Name each engine in turn; whatever asks for it runs on both."""
    return str(request.param)


@pytest.fixture
def settings(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings of a fresh, empty place on each engine."""
    given = {"KEYREEVE_DATA_DIR": str(tmp_path)}
    if engine == "sqlite":
        url = f"sqlite:///{tmp_path / 'keyreeve.db'}"
        yield settings_module.load(given | {"KEYREEVE_DATABASE_URL": url})
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as url:
        yield settings_module.load(given | {"KEYREEVE_DATABASE_URL": url})


@pytest.fixture
def database(settings: Settings, edge: Edge) -> Iterator[Database]:
    """An open installation, fresh, on each engine."""
    opened = Database.open(settings, edge, upgrade=True)
    yield opened
    opened.close()
