"""The console of one installation, with Ada in it, and browsers to look at it."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from conftest import counted
from console.browser import HOST, Browser
from keyreeve.api.described import OWN
from keyreeve.console.application import Console
from keyreeve.domain.audit import Actor
from keyreeve.domain.edge import Edge
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.services import groups, users
from keyreeve.storage.database import Database

CLI = Actor("cli:root")
PASSWORD = "correct horse"
_START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = _START

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def engine() -> str:
    """Pages are the same on every engine; what differs is tested with the storage."""
    return "sqlite"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def edge(clock: Clock) -> Edge:
    return Edge(now=lambda: clock.now, ticks=lambda: 1, entropy=counted())


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with little memory: what is slow by intent is tested elsewhere."""
    monkeypatch.setattr(users, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def console(database: Database, edge: Edge) -> Console:
    return Console(database, edge, public_url=f"http://{HOST}", own=OWN)


@pytest.fixture
def ada(database: Database) -> User:
    """A user with a password and no group."""
    with database.transaction() as t:
        return users.create(
            t,
            CLI,
            username="ada@example.org",
            first_name="Ada",
            last_name="Lovelace",
            password=users.hashed(PASSWORD),
        )


@pytest.fixture
def weather(database: Database, ada: User) -> Group:
    """A group that Ada owns."""
    with database.transaction() as t:
        return groups.create(t, CLI, name="Weather", owner=ada)


@pytest.fixture
def stranger(console: Console) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(console)


@pytest.fixture
def browser(console: Console, ada: User) -> Browser:
    """A browser in which Ada is signed in."""
    here = Browser(console, agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")
    here.sign_in(ada.username, PASSWORD)
    return here
