"""A gate whose database is gone lets nobody through, whatever became of it; and what comes back."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import postgres
from doors import gates
from doors.gates import RunningGate
from doors.installation import Installation
from doors.losing import Guarded, copied, furnished, revoke, status, until, until_logged

NOTICED_SECONDS = 2.5
"""A look a second, and time for it on a busy machine."""


def overwrite(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def give_place_to(path: Path, content: bytes) -> None:
    other = path.with_name("other")
    other.write_bytes(content)
    other.replace(path)


def lose_epoch_file(folder: Path) -> None:
    (folder / "keyreeve.epoch").unlink()
    (folder / ".keyreeve.epoch").unlink()


def lose_all(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


SPOIL: dict[str, Callable[[Path], Any]] = {
    "deleted": lambda f: (f / "keyreeve.db").unlink(),
    "moved away": lambda f: (f / "keyreeve.db").rename(f / "away"),
    "garbage in its place": lambda f: give_place_to(f / "keyreeve.db", os.urandom(100_000)),
    "a copy in its place": lambda f: give_place_to(
        f / "keyreeve.db", (f / "keyreeve.db").read_bytes()
    ),
    "its folder moved away": lambda f: f.rename(f.with_name("elsewhere")),
    "truncated": lambda f: os.truncate(f / "keyreeve.db", 0),
    "a few bytes": lambda f: (f / "keyreeve.db").write_bytes(b"gone"),
    "overwritten": lambda f: overwrite(f / "keyreeve.db"),
    "epoch file deleted": lose_epoch_file,
    "epoch file truncated": lambda f: os.truncate(f / "keyreeve.epoch", 0),
    "epoch file overwritten": lambda f: overwrite(f / "keyreeve.epoch"),
    "everything deleted": lose_all,
}
AT_ONCE = (
    "deleted",
    "moved away",
    "garbage in its place",
    "a copy in its place",
    "its folder moved away",
    "truncated",
    "a few bytes",
    "everything deleted",
)
"""What every call finds out, without waiting for the next look."""


@dataclass
class Spoilt:
    gate: RunningGate
    guarded: Guarded
    at_once: list[int]
    """What two keys got at once: one that is remembered, and one that was never used before."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    return furnished(Installation(tmp_path_factory.mktemp("template")))


@pytest.fixture(scope="module")
def spoilt(
    template: Guarded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Spoilt]]:
    """Gates that let Ada through until their databases were spoilt, each in another way."""
    folder = tmp_path_factory.mktemp("spoilt")
    with ExitStack() as closing:
        found: dict[str, Spoilt] = {}
        for number, how in enumerate(SPOIL):
            guarded = copied(template, folder / str(number))
            gate = closing.enter_context(gates.gate(guarded.installation))
            assert status(gate, guarded.ada) == 200
            found[how] = Spoilt(gate, guarded, [])
        for how, case in found.items():
            assert status(case.gate, case.guarded.ada) == 200
            SPOIL[how](case.guarded.installation.folder)
            case.at_once += [status(case.gate, key) for key in (case.guarded.ada, case.guarded.bob)]
        time.sleep(NOTICED_SECONDS)
        yield found


@pytest.mark.parametrize("how", SPOIL)
def test_nobody_is_let_through_from_memory_or_otherwise(
    spoilt: dict[str, Spoilt], how: str
) -> None:
    case = spoilt[how]
    for key in (case.guarded.ada, case.guarded.bob, "kr_none"):
        for _ in range(3):
            assert status(case.gate, key) in {0, 401, 403}
    assert status(case.gate, case.guarded.ada) in {0, 403}


@pytest.mark.parametrize("how", AT_ONCE)
def test_the_next_call_is_denied_already(spoilt: dict[str, Spoilt], how: str) -> None:
    assert spoilt[how].at_once == [403, 403]


def test_no_empty_database_is_made_where_one_was_deleted(spoilt: dict[str, Spoilt]) -> None:
    folder = spoilt["deleted"].guarded.installation.folder
    assert not (folder / "keyreeve.db").exists()


def test_a_database_that_comes_back_is_gone_by_again_and_heard_of(
    template: Guarded, tmp_path: Path
) -> None:
    guarded = copied(template, tmp_path / "i")
    folder = guarded.installation.folder
    with gates.gate(guarded.installation) as gate:
        assert status(gate, guarded.ada) == 200
        (folder / "keyreeve.db").rename(folder / "away")
        assert status(gate, guarded.ada) == 403
        until_logged(gate, "nobody is let through")
        (folder / "away").rename(folder / "keyreeve.db")
        until(gate, guarded.ada, 200)
        until_logged(gate, "the database is back")
        revoke(guarded.installation)
        assert status(gate, guarded.ada) == 401
    assert "Traceback" not in gate.log.read_text()


def test_records_that_cannot_be_written_change_no_decision(
    template: Guarded, tmp_path: Path
) -> None:
    guarded = copied(template, tmp_path / "i")
    today = datetime.now(UTC).date()
    for day in (today, today + timedelta(days=1)):
        name = f"records-{day}.db"
        (guarded.installation.folder / name).mkdir()
    with gates.gate(guarded.installation) as gate:
        for _ in range(3):
            assert status(gate, guarded.ada) == 200
            assert status(gate, "kr_none") == 401
        revoke(guarded.installation)
        assert status(gate, guarded.ada) == 401
        until_logged(gate, "wait in memory")


@contextmanager
def server(folder: Path, port: int, user: str | None) -> Iterator[None]:
    """Run a PostgreSQL of our own, which may be killed."""
    process = postgres._start(folder, port, user)
    try:
        postgres.Postgres(port).wait(process)
        yield
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(30)


def test_without_postgresql_nobody_is_let_through_until_it_is_back(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="keyreeve-postgres-"))
    user, port = postgres._owner(folder), postgres._free_port()
    try:
        postgres._init(folder, user)
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        installation = Installation(tmp_path, {"KEYREEVE_DATABASE_URL": url})
        with ExitStack() as closing:
            with server(folder, port, user):
                installation.run("db", "upgrade")
                guarded = furnished(installation)
                gate = closing.enter_context(gates.gate(installation))
                assert status(gate, guarded.ada) == 200
            for key in (guarded.ada, guarded.bob) * 3:
                assert status(gate, key) == 403
            with server(folder, port, user):
                until(gate, guarded.ada, 200)
                revoke(installation)
                assert status(gate, guarded.ada) == 401
    finally:
        shutil.rmtree(folder, ignore_errors=True)
