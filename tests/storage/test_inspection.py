import pytest
import sqlalchemy as sa

from keyreeve.settings import Settings
from keyreeve.storage import master_key, migrations, schema
from keyreeve.storage.database import Database
from storage import crash


def test_a_sound_installation_has_nothing_to_tell(database: Database) -> None:
    with database.transaction() as t:
        t.changed("user", "a" * 24)
    assert database.check() == ()


def test_a_missing_master_key_is_told(database: Database, settings: Settings) -> None:
    settings.master_key_file.unlink()
    (told,) = database.check()
    assert "keyreeve.key: No such file" in told


def test_another_master_key_is_told(database: Database, settings: Settings) -> None:
    settings.master_key_file.unlink()
    master_key.create(settings.master_key_file, crash.real_edge().entropy)
    (told,) = database.check()
    assert "is not the master key of this database" in told


def test_another_schema_is_told(database: Database) -> None:
    _run(database, "UPDATE alembic_version SET version_num = '9999'")
    assert database.check() == (f"The schema is 9999, not {migrations.HEAD}.",)


def test_a_missing_row_is_told(database: Database) -> None:
    _run(database, "DELETE FROM installation")
    assert database.check() == ("The database holds no installation.",)


def test_a_counter_behind_the_database_is_told(database: Database) -> None:
    _run(database, "UPDATE installation SET epoch = 7")
    told = database.check()
    assert [line.endswith("says 0, the database is at 7.") for line in told] == (
        [True] if database.shared_counter else []
    )


def test_an_epoch_file_that_was_removed_under_its_holders_is_told(
    database: Database, settings: Settings
) -> None:
    if not database.shared_counter:
        return
    for path in settings.data_dir.glob("*keyreeve.epoch"):
        path.unlink()
    Database.open(settings, crash.real_edge()).close()
    (told,) = database.check()
    assert "keyreeve.epoch was replaced while in use" in told


@pytest.mark.parametrize("name", ["keyreeve.db", "keyreeve.db-wal"])
def test_a_file_that_others_can_read_is_told(
    name: str, database: Database, settings: Settings
) -> None:
    path = settings.data_dir / name
    if not path.exists():
        return
    path.chmod(0o640)
    assert database.check() == (f"{path} can be read by others; set its mode to 0600.",)


def test_a_row_that_refers_to_nothing_is_told(database: Database) -> None:
    if not database.shared_counter:
        return
    connection = database._engines.writer.raw_connection()
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.execute("INSERT INTO memberships (group_id, user_id) VALUES ('g', 'u')")
    cursor.execute("PRAGMA foreign_keys=ON")
    connection.close()
    told = database.check()
    assert len(told) == 2
    assert all("of memberships refers to nothing" in line for line in told)


def test_a_damaged_page_is_told(database: Database, settings: Settings) -> None:
    if not database.shared_counter:
        return
    index = sa.select(sa.literal_column("rootpage")).select_from(sa.text("sqlite_schema"))
    named = index.where(sa.text("name = 'ix_user_names_user_id'"))
    with database.snapshot() as s:
        page = s.connection.execute(named).scalar_one()
    with database.transaction() as t:
        user = {"id": "u", "username": "u", "first_name": "u", "last_name": "u", "enabled": True}
        t.connection.execute(sa.insert(schema.users).values(**user, created=t.edge.now()))
        t.connection.execute(sa.insert(schema.folded_names).values(folded="u", user_id="u"))
        t.connection.execute(sa.insert(schema.user_names).values(name="u", folded="u", user_id="u"))
    with database._engines.prompt.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    _blank(settings, page)
    database._engines.dispose()
    assert any(line.startswith("The database is damaged: ") for line in database.check())


def _blank(settings: Settings, page: int) -> None:
    file = settings.database_file
    assert file is not None
    content = bytearray(file.read_bytes())
    # An empty leaf of an index: a row that the table holds is missing from it.
    content[(page - 1) * 4096 : page * 4096] = b"\x0a" + bytes(4) + b"\x10\x00" + bytes(4089)
    file.write_bytes(content)


def _run(database: Database, statement: str) -> None:
    with database._engines.writer.begin() as connection:
        connection.exec_driver_sql(statement)
