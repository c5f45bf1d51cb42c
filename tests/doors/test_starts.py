"""What an operator finds when he starts something that cannot, or that never was."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from doors.installation import Installation

ADA = "ada@example.org"

Spoil: TypeAlias = Callable[[Path, Path], object]


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation that has nothing to do with the one under test."""
    return _installed(tmp_path_factory.mktemp("another"))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _installed(tmp_path_factory.mktemp("original"))


@pytest.fixture
def made(original: Path, tmp_path: Path) -> Installation:
    """An installation that was made, and is closed."""
    shutil.copytree(original, tmp_path / "made")
    return Installation(tmp_path / "made")


def _installed(folder: Path) -> Path:
    Installation(folder).run("user", "create", ADA)
    return folder


def _lose(name: str) -> Spoil:
    return lambda folder, _: (folder / name).unlink()


def _sql(statement: str) -> Spoil:
    def change(folder: Path, _: Path) -> None:
        connection = sqlite3.connect(folder / "keyreeve.db")
        connection.execute(statement)
        connection.commit()
        connection.close()

    return change


def _write(name: str, text: str) -> Spoil:
    return lambda folder, _: (folder / name).write_text(text)


def _take_from_another(name: str) -> Spoil:
    return lambda folder, another: shutil.copy(another / name, folder / name)


def _open_to_others(folder: Path, _: Path) -> None:
    (folder / "keyreeve.key").chmod(0o644)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (_lose("keyreeve.key"), "keyreeve.key"),
        (_lose("keyreeve.db"), "keyreeve.db"),
        (_sql("UPDATE alembic_version SET version_num = '9999'"), "keyreeve.db"),
        (_sql("DELETE FROM installation"), "keyreeve.db"),
        (_write("keyreeve.db", "no database\n" * 100), "keyreeve.db"),
        (_write("keyreeve.db", ""), "keyreeve.db"),
        (_write("keyreeve.key", "no key\n"), "keyreeve.key"),
        (_write("keyreeve.key", ""), "keyreeve.key"),
        (_take_from_another("keyreeve.key"), "keyreeve.key"),
        (_take_from_another("keyreeve.db"), "keyreeve.key"),
        (_take_from_another("keyreeve.epoch"), "keyreeve.epoch"),
        (_open_to_others, "keyreeve.key"),
    ],
    ids=[
        "key missing",
        "database missing",
        "newer schema",
        "no installation",
        "text for a database",
        "empty database",
        "text for a key",
        "empty key",
        "another's key",
        "another's database",
        "another's epoch file",
        "key open to others",
    ],
)
def test_what_cannot_start_names_the_file_and_changes_nothing(
    made: Installation, another: Path, spoil: Spoil, named: str
) -> None:
    spoil(made.folder, another)
    before = _contents(made.folder)
    for words in (["user", "list"], ["serve", "--port", "0"]):
        done = made.attempt(*words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("keyreeve: ")
        assert named in done.stderr.split(": ")[1]
        assert done.stderr.count("\n") == 1
    assert _contents(made.folder) == before


def test_a_folder_that_nobody_can_write_is_named(tmp_path: Path) -> None:
    url = {"KEYREEVE_DATABASE_URL": "sqlite:////proc/keyreeve.db"}
    for words in (["user", "list"], ["serve", "--port", "0"]):
        done = Installation(tmp_path, url).attempt(*words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("keyreeve: /proc/keyreeve")
        assert done.stderr.count("\n") == 1


def test_where_both_are_missing_the_server_makes_an_installation(
    installation: Installation,
) -> None:
    with installation.serving() as server:
        assert server.process.poll() is None
        names = {path.name for path in installation.folder.iterdir()}
    assert names >= {"keyreeve.db", "keyreeve.key", "keyreeve.epoch"}
    assert installation.run("db", "check") == {"sound": True}


def test_whoever_starts_over_gets_a_new_installation(made: Installation) -> None:
    for path in made.folder.glob("keyreeve.*"):
        path.unlink()
    assert made.run("user", "list") == {"results": []}
    assert made.run("db", "check") == {"sound": True}


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
