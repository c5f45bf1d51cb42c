"""The tables of the access records."""

from keyreeve.storage import record_schema, schema


def test_a_day_and_the_totals_lay_out_use_alike() -> None:
    day, total = record_schema.access_usage, record_schema.total_usage
    assert [(c.name, str(c.type)) for c in day.columns] == [
        (c.name, str(c.type)) for c in total.columns
    ]


def test_the_control_database_knows_none_of_these_tables() -> None:
    assert not schema.metadata.tables.keys() & record_schema.metadata.tables.keys()


def test_whatever_is_partitioned_carries_its_day_in_its_key() -> None:
    for table in record_schema.PARTITIONED:
        assert "day" in table.primary_key.columns
