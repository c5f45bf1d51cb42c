from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from keyreeve import settings as settings_module
from keyreeve.domain.edge import Edge
from keyreeve.settings import Settings
from keyreeve.storage import engines, master_key
from keyreeve.storage.database import Database
from keyreeve.storage.errors import StartRefused
from postgres import Postgres
from storage import crash


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    """A fresh, empty database."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def empty(url: str, tmp_path: Path) -> Settings:
    """Settings for it."""
    return settings_on(url, tmp_path)


@pytest.fixture
def made(empty: Settings, edge: Edge) -> Settings:
    """An installation that was made, and is closed."""
    Database.open(empty, edge, upgrade=True).close()
    return empty


def settings_on(url: str, folder: Path, **more: str) -> Settings:
    given = {"KEYREEVE_DATABASE_URL": url, "KEYREEVE_DATA_DIR": str(folder), **more}
    return settings_module.load(given)


def tables(settings: Settings) -> list[str]:
    ways = engines.hosted(sa.make_url(settings.database_url))
    with ways.reader.connect() as connection:
        names = sa.inspect(connection).get_table_names()
    ways.dispose()
    return names


def run(settings: Settings, statement: str) -> None:
    ways = engines.hosted(sa.make_url(settings.database_url))
    with ways.writer.begin() as connection:
        connection.exec_driver_sql(statement)
    ways.dispose()


def test_an_empty_database_is_refused_until_it_is_upgraded(empty: Settings, edge: Edge) -> None:
    with pytest.raises(StartRefused, match="holds no installation; run `keyreeve db upgrade`"):
        Database.open(empty, edge)
    assert tables(empty) == []
    assert list(empty.data_dir.iterdir()) == []


def test_the_first_upgrade_makes_installation_and_master_key(empty: Settings, edge: Edge) -> None:
    Database.open(empty, edge, upgrade=True).close()
    assert [path.name for path in empty.data_dir.iterdir()] == ["keyreeve.key"]
    Database.open(empty, edge).close()


def test_the_first_upgrade_takes_a_master_key_that_is_there(empty: Settings, edge: Edge) -> None:
    ring = master_key.create(empty.master_key_file, edge.entropy)
    Database.open(empty, edge, upgrade=True).close()
    assert master_key.read(empty.master_key_file) == ring


@pytest.mark.parametrize("upgrade", [False, True])
def test_a_missing_master_key_is_named_and_nothing_is_made(
    made: Settings, edge: Edge, *, upgrade: bool
) -> None:
    made.master_key_file.unlink()
    with pytest.raises(StartRefused, match=r"keyreeve\.key"):
        Database.open(made, edge, upgrade=upgrade)
    assert list(made.data_dir.iterdir()) == []


@pytest.mark.parametrize("upgrade", [False, True])
def test_a_wrong_master_key_is_refused(made: Settings, edge: Edge, *, upgrade: bool) -> None:
    made.master_key_file.unlink()
    master_key.create(made.master_key_file, crash.real_edge().entropy)
    with pytest.raises(StartRefused, match=r"keyreeve\.key: this is not the master key"):
        Database.open(made, edge, upgrade=upgrade)


@pytest.mark.parametrize("upgrade", [False, True])
def test_another_realm_is_refused(made: Settings, url: str, edge: Edge, *, upgrade: bool) -> None:
    other = settings_on(url, made.data_dir, KEYREEVE_REALM="Elsewhere")
    with pytest.raises(StartRefused, match="its realm is 'Keyreeve' for good"):
        Database.open(other, edge, upgrade=upgrade)


@pytest.mark.parametrize("upgrade", [False, True])
def test_a_newer_schema_is_refused(made: Settings, edge: Edge, *, upgrade: bool) -> None:
    run(made, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StartRefused, match="its schema 9999 is of a newer Keyreeve"):
        Database.open(made, edge, upgrade=upgrade)


@pytest.mark.parametrize("upgrade", [False, True])
def test_a_database_without_its_row_is_refused(
    made: Settings, edge: Edge, *, upgrade: bool
) -> None:
    run(made, "DELETE FROM installation")
    with pytest.raises(StartRefused, match="it holds no installation"):
        Database.open(made, edge, upgrade=upgrade)


def test_a_database_that_is_away_is_named_without_its_password(tmp_path: Path, edge: Edge) -> None:
    away = settings_on("postgresql://ada:s3cret@127.0.0.1:1/keyreeve", tmp_path)
    with pytest.raises(StartRefused, match=r"ada:\*\*\*@127\.0\.0\.1:1/keyreeve") as refused:
        Database.open(away, edge)
    assert "s3cret" not in str(refused.value)


def test_what_is_no_url_is_refused_without_repeating_it(tmp_path: Path, edge: Edge) -> None:
    broken = settings_on("postgresql://ada:s3cret@127.0.0.1:port/keyreeve", tmp_path)
    with pytest.raises(StartRefused, match="KEYREEVE_DATABASE_URL") as refused:
        Database.open(broken, edge)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_every_read_of_the_counter_asks_the_database(made: Settings, edge: Edge) -> None:
    one, other = Database.open(made, edge), Database.open(made, edge)
    assert not one.shared_counter
    with other.transaction() as t:
        t.touch()
        assert one.counter() == 0
    assert one.counter() == 1
    one.close()
    other.close()
