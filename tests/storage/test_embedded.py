import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from keyreeve import settings as settings_module
from keyreeve.domain.edge import Edge
from keyreeve.settings import Settings
from keyreeve.storage import master_key
from keyreeve.storage.database import Database
from keyreeve.storage.errors import StartRefused
from storage import crash

NOBODY = 65534


def settings_in(folder: Path, **more: str) -> Settings:
    url = f"sqlite:///{folder / 'keyreeve.db'}"
    return settings_module.load({"KEYREEVE_DATABASE_URL": url, **more})


@pytest.fixture
def made(tmp_path: Path, edge: Edge) -> Settings:
    """An installation that was made, and is closed."""
    settings = settings_in(tmp_path)
    Database.open(settings, edge).close()
    return settings


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refused(settings: Settings, match: str) -> None:
    """Opening is refused, and nothing was changed."""
    before = contents(settings.data_dir)
    with pytest.raises(StartRefused, match=match):
        Database.open(settings, crash.real_edge())
    assert contents(settings.data_dir) == before


def test_a_wrong_master_key_is_refused(made: Settings) -> None:
    made.master_key_file.unlink()
    master_key.create(made.master_key_file, crash.real_edge().entropy)
    refused(made, r"keyreeve\.key: this is not the master key of .*keyreeve\.db")


def test_another_realm_is_refused(made: Settings) -> None:
    other = settings_in(made.data_dir, KEYREEVE_REALM="Elsewhere")
    refused(other, r"keyreeve\.db: its realm is 'Keyreeve' for good")


def test_a_newer_schema_is_refused(made: Settings) -> None:
    _sql(made, "UPDATE alembic_version SET version_num = '9999'")
    refused(made, r"keyreeve\.db: its schema 9999 is of a newer Keyreeve")


@pytest.mark.parametrize("content", [b"", b"this is no database, it is a text\n" * 100])
def test_what_is_no_database_is_refused(content: bytes, made: Settings) -> None:
    (made.data_dir / "keyreeve.db").write_bytes(content)
    refused(made, r"keyreeve\.db")


def test_a_database_of_something_else_is_refused(made: Settings) -> None:
    (made.data_dir / "keyreeve.db").unlink()
    _sql(made, "CREATE TABLE unrelated (x)")
    refused(made, r"keyreeve\.db: it holds no installation")


def test_a_database_without_its_row_is_refused(made: Settings) -> None:
    _sql(made, "DELETE FROM installation")
    refused(made, r"keyreeve\.db: it holds no installation")


def test_an_epoch_file_of_another_installation_is_refused(
    made: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = settings_in(tmp_path_factory.mktemp("other"))
    Database.open(other, crash.real_edge()).close()
    shutil.copy(other.data_dir / "keyreeve.epoch", made.data_dir / "keyreeve.epoch")
    refused(made, r"keyreeve\.epoch: it belongs to another installation")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="nowhere"):
        Database.open(settings_in(tmp_path / "nowhere"), crash.real_edge())


@pytest.mark.filterwarnings(crash.FORKS)
@pytest.mark.parametrize("name", ["keyreeve.db", "keyreeve.epoch"])
def test_a_read_only_file_is_refused(name: str, made: Settings) -> None:
    (made.data_dir / name).chmod(0o400)
    _as_somebody(made, lambda: refused(made, name.replace(".", r"\.")))


@pytest.mark.filterwarnings(crash.FORKS)
def test_a_read_only_folder_is_refused(made: Settings) -> None:
    _as_somebody(made, lambda: refused(made, r"keyreeve\.db"), mode=0o500)


@pytest.mark.filterwarnings(crash.FORKS)
def test_a_folder_that_cannot_be_written_takes_no_first_start(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    _as_somebody(settings, lambda: refused(settings, r"keyreeve\.db"), mode=0o500)


def test_a_database_that_others_could_read_is_closed_to_them(made: Settings, edge: Edge) -> None:
    file = made.data_dir / "keyreeve.db"
    file.chmod(0o644)
    Database.open(made, edge).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_restored_database_starts_a_new_generation(made: Settings) -> None:
    first = Database.open(made, crash.real_edge())
    with first.transaction() as t:
        t.touch()
    generation = first.generation
    first.close()
    file = made.data_dir / "keyreeve.db"
    shutil.copy(file, file.with_name("copy"))
    file.with_name("copy").rename(file)

    restored = Database.open(made, crash.real_edge())
    assert restored.generation != generation
    assert restored.counter() == 1
    assert restored.check() == ()
    restored.close()


def test_a_second_folder_of_epoch_files_is_refused_while_the_first_is_in_use(
    made: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = _elsewhere(made, tmp_path_factory)
    running = Database.open(made, crash.real_edge())
    with pytest.raises(StartRefused, match=f"running processes share {made.data_dir}"):
        Database.open(elsewhere, crash.real_edge())
    running.close()


def test_a_folder_that_nobody_uses_may_be_left_for_another(
    made: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = _elsewhere(made, tmp_path_factory)
    moved = Database.open(elsewhere, crash.real_edge())
    with pytest.raises(StartRefused, match="running processes share"):
        Database.open(made, crash.real_edge())
    moved.close()


def test_an_epoch_file_whose_name_was_taken_away_is_still_shared(made: Settings) -> None:
    running = Database.open(made, crash.real_edge())
    (made.data_dir / "keyreeve.epoch").unlink()
    later = Database.open(made, crash.real_edge())
    with later.transaction() as t:
        t.touch()
    assert (running.counter(), running.generation) == (1, later.generation)
    assert running.check() == ()
    later.close()
    running.close()


def test_another_folder_is_refused_though_the_name_was_taken_away(
    made: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    running = Database.open(made, crash.real_edge())
    (made.data_dir / "keyreeve.epoch").unlink()
    with pytest.raises(StartRefused, match="running processes share"):
        Database.open(_elsewhere(made, tmp_path_factory), crash.real_edge())
    running.close()


def test_the_same_database_by_another_path_shares_the_counter(
    made: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    link = tmp_path_factory.mktemp("other") / "linked"
    link.symlink_to(made.data_dir)
    one = Database.open(made, crash.real_edge())
    other = Database.open(settings_in(link), crash.real_edge())
    with other.transaction() as t:
        t.touch()
    assert one.counter() == 1
    one.close()
    other.close()


def _elsewhere(made: Settings, folders: pytest.TempPathFactory) -> Settings:
    return settings_in(
        made.data_dir,
        KEYREEVE_DATA_DIR=str(folders.mktemp("elsewhere")),
        KEYREEVE_MASTER_KEY_FILE=str(made.master_key_file),
    )


def _sql(settings: Settings, statement: str) -> None:
    """Change a database that nobody has open."""
    connection = sqlite.connect(settings.data_dir / "keyreeve.db")
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute(statement)
    connection.commit()
    connection.close()


def _as_somebody(settings: Settings, action: Callable[[], None], *, mode: int = 0o700) -> None:
    """Run as a user who is not allowed everything, who owns the folder."""
    folder = settings.data_dir
    for path in (folder, *folder.iterdir()):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, -1)
    folder.chmod(mode)

    def fallen() -> None:
        if os.geteuid() == 0:
            os.setuid(NOBODY)
        action()

    with _reachable(folder):
        crash.together([fallen])
    folder.chmod(0o700)


@contextmanager
def _reachable(folder: Path) -> Iterator[None]:
    """Let others walk to a folder whose parents pytest keeps to itself."""
    parents = [path for path in folder.parents if not path.stat().st_mode & stat.S_IXOTH]
    modes = [stat.S_IMODE(path.stat().st_mode) for path in parents]
    for path, mode in zip(parents, modes, strict=True):
        path.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)
    try:
        yield
    finally:
        for path, mode in zip(parents, modes, strict=True):
            path.chmod(mode)
