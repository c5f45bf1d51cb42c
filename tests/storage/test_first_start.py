import stat
from pathlib import Path

import pytest

from keyreeve import settings as settings_module
from keyreeve.domain.edge import Edge
from keyreeve.settings import Settings
from keyreeve.storage import first_start, master_key
from keyreeve.storage.database import Database
from keyreeve.storage.errors import StartRefused
from storage import crash


def settings_in(folder: Path, **more: str) -> Settings:
    url = f"sqlite:///{folder / 'keyreeve.db'}"
    return settings_module.load({"KEYREEVE_DATABASE_URL": url, **more})


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_first_start_makes_database_and_master_key(tmp_path: Path, edge: Edge) -> None:
    Database.open(settings_in(tmp_path), edge).close()

    assert names(tmp_path) == {
        "keyreeve.db",
        "keyreeve.key",
        "keyreeve.epoch",
        ".keyreeve.epoch",
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_later_start_finds_what_the_first_made(settings: Settings, edge: Edge) -> None:
    first = Database.open(settings, edge, upgrade=True)
    made = first.installation
    digest = first.secrets.bearer_digest("kr_x")
    first.close()

    second = Database.open(settings, edge)
    assert second.installation == made
    assert second.secrets.bearer_digest("kr_x") == digest
    second.close()


@pytest.mark.parametrize("side", ["-wal", "-journal"])
def test_what_is_left_of_another_database_is_named_and_nothing_is_made(
    tmp_path: Path, edge: Edge, side: str
) -> None:
    remains = tmp_path / f"keyreeve.db{side}"
    remains.write_bytes(b"frames")
    with pytest.raises(StartRefused, match=rf"keyreeve\.db{side}: it is left of another"):
        Database.open(settings_in(tmp_path), edge)
    assert names(tmp_path) == {remains.name}
    remains.write_bytes(b"")
    Database.open(settings_in(tmp_path), edge).close()


def test_a_missing_master_key_is_named_and_nothing_is_made(tmp_path: Path, edge: Edge) -> None:
    Database.open(settings_in(tmp_path), edge).close()
    (tmp_path / "keyreeve.key").unlink()
    before = names(tmp_path)

    with pytest.raises(StartRefused, match=r"keyreeve\.key: the master key is missing"):
        Database.open(settings_in(tmp_path), edge)
    assert names(tmp_path) == before


def test_a_missing_database_is_named_and_nothing_is_made(tmp_path: Path, edge: Edge) -> None:
    Database.open(settings_in(tmp_path), edge).close()
    (tmp_path / "keyreeve.db").unlink()
    before = names(tmp_path)

    with pytest.raises(StartRefused, match=r"keyreeve\.db: the database is missing"):
        Database.open(settings_in(tmp_path), edge)
    assert names(tmp_path) == before


def test_a_draft_that_is_not_the_key_of_the_database_is_not_taken(
    tmp_path: Path, edge: Edge
) -> None:
    Database.open(settings_in(tmp_path), edge).close()
    (tmp_path / "keyreeve.key").unlink()
    master_key.create(first_start.draft_of(tmp_path / "keyreeve.key"), edge.entropy)

    with pytest.raises(StartRefused, match="the master key is missing"):
        Database.open(settings_in(tmp_path), edge)


@pytest.mark.filterwarnings(crash.FORKS)
def test_a_first_start_that_is_killed_anywhere_does_not_keep_the_next_from_starting(
    settings: Settings, tmp_path: Path
) -> None:
    def start() -> None:
        Database.open(settings, crash.real_edge(), upgrade=True).close()

    deaths = 0
    for _ in crash.each_effect(start):
        opened = Database.open(settings, crash.real_edge(), upgrade=True)
        assert opened.check() == ()
        assert not [name for name in names(tmp_path) if name.endswith(".new")]
        _forget(opened, tmp_path)
        deaths += 1
    assert deaths >= 8


@pytest.mark.filterwarnings(crash.FORKS)
def test_many_first_starts_at_once_make_one_installation(settings: Settings) -> None:
    def start() -> None:
        opened = Database.open(settings, crash.real_edge(), upgrade=True)
        assert opened.check() == ()

    crash.together([start] * 6)
    opened = Database.open(settings, crash.real_edge())
    assert opened.check() == ()
    opened.close()


def test_a_key_may_lie_in_a_folder_of_its_own(tmp_path: Path, edge: Edge) -> None:
    (tmp_path / "keys").mkdir()
    key_file = tmp_path / "keys" / "master"
    settings = settings_in(tmp_path, KEYREEVE_MASTER_KEY_FILE=str(key_file))

    Database.open(settings, edge).close()
    assert names(tmp_path / "keys") == {"master"}


def test_a_key_folder_that_is_missing_leaves_no_half(tmp_path: Path, edge: Edge) -> None:
    missing = tmp_path / "keys" / "master"
    settings = settings_in(tmp_path, KEYREEVE_MASTER_KEY_FILE=str(missing))

    with pytest.raises(StartRefused, match="keys/master"):
        Database.open(settings, edge)
    assert "keyreeve.db" not in names(tmp_path)


def _forget(opened: Database, folder: Path) -> None:
    """Go back to the empty place."""
    if opened.settings.database_file is None:
        with opened._engines.writer.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    opened.close()
    for path in folder.iterdir():
        path.unlink()
