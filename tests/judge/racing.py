"""Races between one writer and several judging processes, told through shared memory.

A word for each scenario counts acknowledgements: odd once a revocation is acknowledged, even from
just before its undoing begins. A decision that started while the word was odd, and ended while it
still was the same, must not allow.
"""

import mmap
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from judge.court import CLI, HOME
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.services import api_keys, groups, roles, users, whitelists
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Transaction

PROCESSES = 4
PATIENCE_SECONDS = 60
HERE = Path(__file__).resolve()
_WORD = 8


@dataclass(frozen=True)
class Scenario:
    """Something that is revoked and restored, and the call that it decides about."""

    method: str
    target: str
    username: str
    secret: str
    revoke: Callable[[Transaction], object]
    restore: Callable[[Transaction], object]


class Board:
    """The shared memory: a word a scenario, then a row of words for each process.

    A process notes in its row the acknowledgement of each scenario that it has judged after, how
    many decisions it made, and how many of them were wrong.
    """

    def __init__(self, path: Path, scenarios: int) -> None:
        self.scenarios = scenarios
        self._row = scenarios + 2
        size = (1 + scenarios + PROCESSES * self._row) * _WORD
        with path.open("ab") as file:
            file.truncate(size)
        with path.open("r+b") as file:
            self.words = memoryview(mmap.mmap(file.fileno(), size)).cast("Q")

    @property
    def over(self) -> bool:
        return self.words[0] != 0

    def end(self) -> None:
        self.words[0] = 1

    def acknowledged(self, scenario: int) -> int:
        return self.words[1 + scenario]

    def turn(self, scenario: int) -> None:
        self.words[1 + scenario] += 1

    def judged(self, process: int, scenario: int) -> int:
        return self.words[self._at(process) + scenario]

    def note(self, process: int, scenario: int, acknowledged: int) -> None:
        self.words[self._at(process) + scenario] = acknowledged

    def decided(self, process: int) -> int:
        return self.words[self._at(process) + self.scenarios]

    def wrong(self, process: int) -> int:
        return self.words[self._at(process) + self.scenarios + 1]

    def count(self, process: int, *, wrong: bool) -> None:
        self.words[self._at(process) + self.scenarios] += 1
        self.words[self._at(process) + self.scenarios + 1] += wrong

    def _at(self, process: int) -> int:
        return 1 + self.scenarios + process * self._row


@dataclass(frozen=True)
class Outcome:
    """What came of many races."""

    races: int
    decisions: int
    wrong: int


def run(database: Database, folder: Path, *, rounds: int, blind: bool = False) -> Outcome:
    """Revoke and restore everything so many times while processes judge as fast as they can."""
    scenarios = found(database)
    board = Board(folder / "board", len(scenarios))
    with _judging(database, folder, scenarios, blind=blind) as processes:
        _await(lambda: all(board.decided(p) for p in range(PROCESSES)), processes)
        for _ in range(rounds):
            _one_round(database, board, scenarios, processes)
        board.end()
    races = rounds * len(scenarios) * PROCESSES
    decisions, wrong = (
        sum(counted(process) for process in range(PROCESSES))
        for counted in (board.decided, board.wrong)
    )
    return Outcome(races, decisions, wrong)


def _one_round(
    database: Database,
    board: Board,
    scenarios: tuple[Scenario, ...],
    processes: list["subprocess.Popen[bytes]"],
) -> None:
    for number, scenario in enumerate(scenarios):
        with database.transaction() as t:
            scenario.revoke(t)
        board.turn(number)
    for number, scenario in enumerate(scenarios):
        told = board.acknowledged(number)
        _await(
            lambda n=number, a=told: all(board.judged(p, n) == a for p in range(PROCESSES)),
            processes,
        )
        board.turn(number)
        with database.transaction() as t:
            scenario.restore(t)


def _await(condition: Callable[[], bool], processes: list["subprocess.Popen[bytes]"]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until
        assert all(process.poll() is None for process in processes)
        time.sleep(0.0001)


@contextmanager
def _judging(
    database: Database, folder: Path, scenarios: tuple[Scenario, ...], *, blind: bool
) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Start the processes that judge; they end when the board says so."""
    environment = {
        **os.environ,
        "KEYREEVE_DATABASE_URL": database.settings.database_url,
        "KEYREEVE_DATA_DIR": str(database.settings.data_dir),
    }
    calls = [f"{s.method} {s.target} {s.username} {s.secret}" for s in scenarios]
    command = [sys.executable, str(HERE.with_name("racing_process.py")), str(folder / "board")]
    processes = [
        subprocess.Popen([*command, str(n), str(int(blind)), *calls], env=environment)
        for n in range(PROCESSES)
    ]
    try:
        yield processes
        assert [process.wait(PATIENCE_SECONDS) for process in processes] == [0] * PROCESSES
    finally:
        for process in processes:
            process.kill()
            process.wait()


def found(database: Database) -> tuple[Scenario, ...]:
    """Make a user, a key and a group of their own for each kind of change."""
    with database.transaction() as t:
        return (_key(t), _entry(t), _role(t), _group(t), _user(t))


def _key(t: Transaction) -> Scenario:
    user, group = _member(t, "key")
    key, secret = api_keys.generate(t, CLI, user, "raced")

    def set_enabled(t: Transaction, *, enabled: bool) -> None:
        api_keys.set_enabled(t, CLI, user, key.id, enabled=enabled)

    return Scenario(
        "GET",
        f"/groups/{group.id}",
        user.username,
        secret,
        lambda t: set_enabled(t, enabled=False),
        lambda t: set_enabled(t, enabled=True),
    )


def _entry(t: Transaction) -> Scenario:
    user, group = _member(t, "entry")
    whitelists.add(t, CLI, user, [(str(HOME), "")])
    return Scenario(
        "DELETE",
        f"/groups/{group.id}",
        user.username,
        api_keys.generate(t, CLI, user, "raced")[1],
        lambda t: whitelists.remove(t, CLI, user, str(HOME), caller=None),
        lambda t: whitelists.add(t, CLI, user, [(str(HOME), "")]),
    )


def _role(t: Transaction) -> Scenario:
    user, group = _member(t, "role")
    roles.grant(t, CLI, _person(t, "other"), group, "GROUP_OWNER")
    return Scenario(
        "POST",
        f"/groups/{group.id}/jobs",
        user.username,
        api_keys.generate(t, CLI, user, "raced")[1],
        lambda t: roles.revoke(t, CLI, user, group, "GROUP_OWNER"),
        lambda t: roles.grant(t, CLI, user, group, "GROUP_OWNER"),
    )


def _group(t: Transaction) -> Scenario:
    user, group = _member(t, "group")
    return Scenario(
        "GET",
        f"/groups/byName/{group.name}",
        user.username,
        api_keys.generate(t, CLI, user, "raced")[1],
        lambda t: groups.set_public_api(t, CLI, group, enabled=False),
        lambda t: groups.set_public_api(t, CLI, group, enabled=True),
    )


def _user(t: Transaction) -> Scenario:
    user, group = _member(t, "user")
    return Scenario(
        "GET",
        f"/groups/{group.id}",
        user.username,
        api_keys.generate(t, CLI, user, "raced")[1],
        lambda t: users.disable(t, CLI, user, force=True),
        lambda t: users.enable(t, CLI, user),
    )


def _member(t: Transaction, name: str) -> tuple[User, Group]:
    user = _person(t, name)
    return user, groups.create(t, CLI, name=name, owner=user, public_api_enabled=True)


def _person(t: Transaction, name: str) -> User:
    username = f"{name}@example.org"
    return users.create(t, CLI, username=username, first_name="R", last_name="R")
