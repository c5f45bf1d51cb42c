from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from conftest import NOW, counted
from keyreeve.domain.edge import Edge
from keyreeve.storage import installation, master_key, schema
from keyreeve.storage.database import Database
from keyreeve.storage.errors import StartRefused
from keyreeve.storage.installation import Row
from keyreeve.storage.master_key import Ring

RING = master_key.new(counted())
KEY_FILE = Path("the.key")


@pytest.fixture
def row(database: Database, edge: Edge) -> Row:
    """The row of an installation that was founded with RING."""
    with database._engines.writer.begin() as connection:
        connection.execute(sa.delete(schema.installation))
        installation.found(connection, edge, RING, "Somewhere")
        return installation.required(connection)


def test_a_new_installation_begins_at_nought(row: Row) -> None:
    assert (row.epoch, row.key_version, row.base_version) == (0, 1, 1)
    assert row.installation.realm == "Somewhere"
    assert len(row.installation.id) == len(row.installation.org_id) == 24


def test_there_is_never_a_second_row(row: Row, database: Database, edge: Edge) -> None:
    assert row.epoch == 0
    with pytest.raises(sa.exc.IntegrityError), database.transaction() as t:
        installation.found(t.connection, edge, RING, None)


def test_when_it_was_made_is_kept(database: Database) -> None:
    with database.snapshot() as s:
        created = s.connection.execute(sa.select(schema.installation.c.created)).scalar_one()
    assert created == NOW


def test_the_ring_it_was_made_with_opens_it(row: Row) -> None:
    assert installation.opens(row, RING)
    assert installation.opens(row, Ring({**RING.keys, 2: b"x" * 32}))


@pytest.mark.parametrize(
    "ring", [Ring({1: b"x" * 32}), Ring({2: RING.keys[1]})], ids=["other key", "other version"]
)
def test_no_other_ring_opens_it(ring: Ring, row: Row) -> None:
    assert not installation.opens(row, ring)
    with pytest.raises(StartRefused, match=r"the\.key: this is not the master key of it"):
        installation.examine(row, ring, key_file=KEY_FILE, realm=None, database="it")


def test_a_ring_whose_base_was_changed_does_not_open_it(row: Row, database: Database) -> None:
    grown = Ring({**RING.keys, 2: b"x" * 32})
    with database._engines.writer.begin() as connection:
        installation.go_over(connection, row, grown)
        over = installation.required(connection)
    assert installation.opens(over, grown)
    assert not installation.opens(over, Ring({1: b"y" * 32, 2: b"x" * 32}))
    assert not installation.opens(over, RING)


def test_another_realm_is_refused(row: Row) -> None:
    with pytest.raises(StartRefused, match="its realm is 'Somewhere' for good"):
        installation.examine(row, RING, key_file=KEY_FILE, realm="Elsewhere", database="it")


@pytest.mark.parametrize("realm", [None, "Somewhere"])
def test_the_same_realm_or_none_is_accepted(realm: str | None, row: Row) -> None:
    installation.examine(row, RING, key_file=KEY_FILE, realm=realm, database="it")


def test_a_row_shows_no_check_value(row: Row) -> None:
    assert "key_check" not in repr(replace(row, key_check=b"secret"))


def test_a_database_without_the_row_is_broken(database: Database) -> None:
    with database._engines.writer.begin() as connection:
        connection.execute(sa.delete(schema.installation))
        assert installation.read(connection) is None
        with pytest.raises(LookupError):
            installation.required(connection)
