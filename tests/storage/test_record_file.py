"""How a file of access records comes to be."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from keyreeve.storage import record_file, record_schema


def journal(path: Path) -> object:
    engine = record_file.reader(path)
    with engine.connect() as connection:
        return connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()


def test_a_file_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    record_file.prepare(path, record_schema.metadata)
    assert [found.name for found in tmp_path.iterdir()] == ["day.db"]
    with record_file.reader(path).connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
    assert tables == set(record_schema.metadata.tables)


def test_preparing_again_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    record_file.prepare(path, record_schema.metadata)
    inode = path.stat().st_ino
    record_file.prepare(path, record_schema.metadata)
    assert path.stat().st_ino == inode


def test_a_file_of_an_older_version_gets_the_tables_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    record_file.prepare(path, sa.MetaData())
    record_file.prepare(path, record_schema.metadata)
    with record_file.reader(path).connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
    assert tables == set(record_schema.metadata.tables)


def test_many_may_prepare_a_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    faults: list[Exception] = []

    def prepare() -> None:
        try:
            record_file.prepare(path, record_schema.metadata)
        except Exception as fault:  # noqa: BLE001 - told below, in the thread that can fail
            faults.append(fault)

    threads = [threading.Thread(target=prepare) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [found.name for found in tmp_path.iterdir()] == ["day.db"]


def test_a_failed_beginning_leaves_nothing(tmp_path: Path) -> None:
    broken = sa.MetaData()
    sa.Table("t", broken, sa.Column("c", sa.Text, server_default=sa.text("nonsense(")))
    with pytest.raises(sa.exc.OperationalError):
        record_file.prepare(tmp_path / "day.db", broken)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        record_file.reader(tmp_path / "day.db")
    with pytest.raises(FileNotFoundError):
        record_file.writer(tmp_path / "day.db").connect()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_odd_characters_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "a?b#c%20d e"
    folder.mkdir()
    record_file.prepare(folder / "day.db", record_schema.metadata)
    assert (folder / "day.db").exists()


def test_a_sound_sqlite_writes_ahead(tmp_path: Path) -> None:
    record_file.prepare(tmp_path / "day.db", record_schema.metadata)
    assert journal(tmp_path / "day.db") == "wal"


def test_an_unsound_sqlite_rolls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_file.dbapi2, "sqlite_version_info", (3, 40, 1))
    record_file.prepare(tmp_path / "day.db", record_schema.metadata)
    assert journal(tmp_path / "day.db") == "delete"
