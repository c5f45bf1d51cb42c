from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import autogenerate
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from keyreeve.settings import Settings
from keyreeve.storage import engines, migrations, sign_in_schema
from keyreeve.storage.errors import StartRefused

METADATA = sign_in_schema.sessions.metadata


@pytest.fixture
def connection(settings: Settings) -> Iterator[sa.Connection]:
    """A connection to an empty database."""
    if settings.database_file is None:
        ways = engines.hosted(sa.make_url(settings.database_url))
    else:
        ways = engines.embedded(settings.database_file)
    with ways.writer.connect() as connection:
        yield connection
    ways.dispose()


def constraints(connection: sa.Connection) -> dict[str, set[object]]:
    """What Alembic does not compare: checks, the names of keys, and what a deletion takes along."""
    inspector = sa.inspect(connection)
    found = {}
    for table in METADATA.tables:
        checks = {
            (check["name"], check["sqltext"]) for check in inspector.get_check_constraints(table)
        }
        keys = {(key["name"], str(key["options"])) for key in inspector.get_foreign_keys(table)}
        unique = {key["name"] for key in inspector.get_unique_constraints(table)}
        primary = {inspector.get_pk_constraint(table)["name"]}
        found[table] = {*checks, *keys, *unique, *primary}
    return found


def test_the_migrated_schema_is_the_one_that_is_written_down(connection: sa.Connection) -> None:
    migrations.upgrade(connection)
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    assert autogenerate.compare_metadata(context, METADATA) == []


def test_the_migrated_schema_has_every_constraint(connection: sa.Connection) -> None:
    migrations.upgrade(connection)
    migrated = constraints(connection)
    for table in reversed(METADATA.sorted_tables):
        table.drop(connection)
    METADATA.create_all(connection)
    assert migrated == constraints(connection)


def test_an_empty_database_has_no_revision(connection: sa.Connection) -> None:
    assert migrations.current(connection) is None
    with pytest.raises(StartRefused, match="it: it holds no installation"):
        migrations.check_known(connection, "it")


def test_an_upgrade_ends_at_the_head_and_may_be_repeated(connection: sa.Connection) -> None:
    for _ in range(2):
        migrations.upgrade(connection)
        assert migrations.current(connection) == migrations.HEAD
    migrations.check_known(connection, "it")


def test_an_upgrade_that_is_rolled_back_leaves_nothing(connection: sa.Connection) -> None:
    migrations.upgrade(connection)
    connection.rollback()
    assert sa.inspect(connection).get_table_names() == []


def test_a_revision_nobody_knows_is_refused_by_name(connection: sa.Connection) -> None:
    migrations.upgrade(connection)
    connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StartRefused, match="its schema 9999 is of a newer Keyreeve"):
        migrations.check_known(connection, "it")


def test_the_revisions_are_those_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    told = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(told)) == migrations.REVISIONS
    assert scripts.get_current_head() == migrations.HEAD == migrations.REVISIONS[-1]
