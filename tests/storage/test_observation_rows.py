"""Observations as rows."""

import sqlalchemy as sa

from keyreeve.storage import observation_rows, record_schema
from keyreeve.storage.observations import Kind
from storage import recording
from storage.recording import HOME, NOON


def test_a_row_holds_all_of_an_observation_and_no_null_in_its_key() -> None:
    one = recording.overlooked(3, address=None)
    row = observation_rows.row(one, NOON.date())
    table = record_schema.access_overlooked
    assert set(row) == {column.name for column in table.columns}
    assert all(row[column.name] is not None for column in table.primary_key)
    assert row["address"] == ""
    assert observation_rows.row(recording.overlooked(), NOON.date())["address"] == str(HOME)


def test_where_no_table_is_nothing_was_observed() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        assert observation_rows.since(connection, NOON) == {}
        assert observation_rows.decision(connection, "d") is None
    engine.dispose()


def test_every_part_of_a_kind_has_a_column() -> None:
    assert set(Kind._fields) < set(record_schema.access_overlooked.columns.keys())
