import os
import stat
from pathlib import Path

import pytest

from keyreeve import settings as settings_module
from keyreeve.settings import Settings
from keyreeve.storage.database import Database
from keyreeve.storage.errors import BackupRefused
from storage import crash


def test_postgresql_is_left_to_its_own_tools(database: Database, tmp_path: Path) -> None:
    if database.shared_counter:
        return
    with pytest.raises(BackupRefused, match="pg_dump"):
        database.backup(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


@pytest.fixture
def embedded(tmp_path: Path) -> Settings:
    """Settings of an embedded installation that is not made yet."""
    folder = tmp_path / "live"
    folder.mkdir()
    return settings_module.load({"KEYREEVE_DATABASE_URL": f"sqlite:///{folder}/keyreeve.db"})


def test_a_backup_holds_what_was_committed_and_opens_with_the_master_key(
    embedded: Settings, tmp_path: Path
) -> None:
    live = Database.open(embedded, crash.real_edge())
    with live.transaction() as t:
        t.changed("user", "a" * 24)
    copy = tmp_path / "copy.db"
    before = os.umask(0)
    try:
        live.backup(copy)
    finally:
        os.umask(before)
    with live.transaction() as t:
        t.changed("user", "b" * 24)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"live", "copy.db"}

    restored = settings_module.load(
        {
            "KEYREEVE_DATABASE_URL": f"sqlite:///{copy}",
            "KEYREEVE_MASTER_KEY_FILE": str(embedded.master_key_file),
        }
    )
    opened = Database.open(restored, crash.real_edge())
    with opened.snapshot() as s:
        assert [change.id for change in s.subjects.changes_since(0) or ()] == ["a" * 24]
    assert opened.check() == ()
    opened.close()
    live.close()


def test_a_backup_may_be_taken_while_somebody_writes(embedded: Settings, tmp_path: Path) -> None:
    live = Database.open(embedded, crash.real_edge())
    with live.transaction() as t:
        t.changed("user", "a" * 24)
        live.backup(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_size > 0
    live.close()


def test_a_backup_never_overwrites(embedded: Settings, tmp_path: Path) -> None:
    live = Database.open(embedded, crash.real_edge())
    copy = tmp_path / "copy.db"
    copy.write_bytes(b"precious")
    with pytest.raises(BackupRefused, match="exists already"):
        live.backup(copy)
    assert copy.read_bytes() == b"precious"
    live.close()


def test_a_folder_that_is_missing_is_named(embedded: Settings, tmp_path: Path) -> None:
    live = Database.open(embedded, crash.real_edge())
    with pytest.raises(BackupRefused, match=r"nowhere/copy\.db: No such file"):
        live.backup(tmp_path / "nowhere" / "copy.db")
    live.close()
