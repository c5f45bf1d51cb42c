"""Partitions by day in PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import pytest
import sqlalchemy as sa

from keyreeve.storage import record_schema
from keyreeve.storage.record_partitions import PartitionedRecords
from keyreeve.storage.records import Batch, RecordsUnavailable
from postgres import Postgres
from storage import recording
from storage.recording import DAY, KEY, NOON, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tables(postgres: Postgres) -> Iterator[sa.Engine]:
    with postgres.database() as url:
        engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
        yield engine
        engine.dispose()


def partitions(tables: sa.Engine) -> set[str]:
    query = sa.text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
    with tables.connect() as connection:
        return set(connection.execute(query).scalars())


def test_each_day_has_partitions_of_its_own(tables: sa.Engine, clock: Clock) -> None:
    records = PartitionedRecords(tables, clock.edge)
    for _ in range(2):
        records.write(Batch(rows=[recording.deny()]))
        clock.time += DAY
    found = {name for name in partitions(tables) if name.startswith("access_records")}
    assert found == {"access_records_20261124", "access_records_20261125"}


def test_retention_drops_the_partitions_of_a_day(tables: sa.Engine, clock: Clock) -> None:
    records = PartitionedRecords(tables, clock.edge)
    records.write(Batch(counts=[recording.counted(5)]))
    clock.time += 5 * DAY
    records.prune(clock.time.date())
    assert {name[-8:] for name in partitions(tables)} == {"20261129"}
    assert records.usage([KEY])[KEY].count == 5


def test_a_day_begun_by_an_older_version_gets_the_tables_it_lacks(
    tables: sa.Engine, clock: Clock
) -> None:
    records = PartitionedRecords(tables, clock.edge)
    older, newer = recording.deny(), replace(recording.deny(), hops="10.0.0.1=peer")
    records.write(Batch(rows=[older]))
    with tables.begin() as connection:
        record_schema.access_hops.drop(connection)
    records = PartitionedRecords(tables, clock.edge)
    assert records.decision(older.decision_id) == older
    records.write(Batch(rows=[newer]))
    assert records.decision(newer.decision_id) == newer


def test_many_may_begin_a_day_at_once(tables: sa.Engine, clock: Clock) -> None:
    def write() -> None:
        PartitionedRecords(tables, clock.edge).write(Batch(counts=[recording.counted(1)]))

    threads = [Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert PartitionedRecords(tables, clock.edge).usage([KEY])[KEY].count == 8


def test_writers_that_share_their_rows_do_not_deadlock(tables: sa.Engine, clock: Clock) -> None:
    ids = [f"{number:024x}" for number in range(100)]
    counts = [recording.counted(1, key_id=id_) for id_ in ids]
    orders = [counts, counts[::-1], counts[50:] + counts[:50], counts[25:] + counts[:25]]
    faults: list[RecordsUnavailable] = []

    def write(batch: Batch) -> None:
        records = PartitionedRecords(tables, clock.edge)
        try:
            for _ in range(5):
                records.write(batch)
        except RecordsUnavailable as fault:
            faults.append(fault)

    threads = [Thread(target=write, args=[Batch(counts=order)]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    used = PartitionedRecords(tables, clock.edge).usage(ids)
    assert {usage.count for usage in used.values()} == {4 * 5}


def test_a_database_that_is_away_is_unavailable(clock: Clock) -> None:
    engine = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")
    with pytest.raises(RecordsUnavailable):
        PartitionedRecords(engine, clock.edge).write(Batch(rows=[recording.deny(NOON)]))
