"""Access records in PostgreSQL: tables partitioned by day, made when first needed."""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from keyreeve.domain.edge import Edge
from keyreeve.storage import observation_rows, record_schema, record_statements
from keyreeve.storage.observation_room import ROWS_A_DAY, Room
from keyreeve.storage.observations import Observations
from keyreeve.storage.record_schema import PARTITIONED, access_usage
from keyreeve.storage.records import (
    RESERVED_DAYS,
    AccessRecord,
    Batch,
    Usage,
    failing_as_unavailable,
)

TABLES_LOCK = 0x6B72_7265_636F_7264
"""Whoever makes or drops tables of records holds this advisory lock."""

_PARTITION = re.compile(r"_(\d{8})$")


class PartitionedRecords:
    """The access records in the tables of a PostgreSQL database."""

    def __init__(self, engine: sa.Engine, edge: Edge, *, observed: int = ROWS_A_DAY) -> None:
        self._engine = engine.execution_options(isolation_level="READ COMMITTED")
        self._edge = edge
        self._room = Room(observed)
        self._lock = threading.Lock()
        self._prepared: date | None = None

    def write(self, batch: Batch) -> None:
        """Keep all of this, or nothing."""
        with self._lock, failing_as_unavailable():
            day = self._edge.now().date()
            self._prepare(day)
            with self._transaction() as connection:
                # A record may be lost with the power; it must not wait for the disk.
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                record_statements.keep(connection, day, batch, self._room)

    def usage(self, ids: Iterable[str]) -> Mapping[str, Usage]:
        """Return the use of these keys and whitelist entries; an unused one is left out."""
        with self._reading() as connection:
            return record_statements.usage(connection, access_usage, frozenset(ids))

    def decision(self, decision_id: str) -> AccessRecord | None:
        """Return the decision of this id, if it is kept."""
        with self._reading() as connection:
            return record_statements.decision(connection, decision_id)

    def observations(self, since: datetime) -> Observations:
        """Return what was let through since then and would have been refused, by its kind."""
        with self._reading() as connection:
            return observation_rows.since(connection, since)

    def dropped(self) -> int:
        """Return how many decisions could not be kept, in the days still on record."""
        with self._reading() as connection:
            return record_statements.dropped(connection)

    def prune(self, before: date) -> None:
        """Drop the partitions of every day before this one; totals of use stay."""
        limit = min(before, self._edge.now().date() - timedelta(days=RESERVED_DAYS))
        with self._reading() as connection:
            names = [name for table in PARTITIONED for name in _partitions(connection, table)]
        for name in names:
            found = _PARTITION.search(name)
            if found and date.fromisoformat(found[1]) < limit:
                with failing_as_unavailable(), self._holding_tables() as connection:
                    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')

    def close(self) -> None:
        """Do nothing: the connections belong to the database."""

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with failing_as_unavailable():
            with self._lock:
                self._prepare(self._edge.now().date())
            with self._engine.begin() as connection:
                yield connection

    def _prepare(self, day: date) -> None:
        """Make the tables, and the partitions of this day, unless they are there."""
        if self._prepared == day:
            return
        with self._holding_tables() as connection:
            record_schema.metadata.create_all(connection)
            for table in PARTITIONED:
                connection.exec_driver_sql(
                    f'CREATE TABLE IF NOT EXISTS "{table.name}_{day:%Y%m%d}" '
                    f'PARTITION OF "{table.name}" '
                    f"FOR VALUES FROM ('{day}') TO ('{day + timedelta(days=1)}')"
                )
        self._prepared = day

    @contextmanager
    def _holding_tables(self) -> Iterator[sa.Connection]:
        with self._transaction() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TABLES_LOCK)))
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
            yield connection


def _partitions(connection: sa.Connection, table: sa.Table) -> Sequence[str]:
    """Return the names of the partitions of one table."""
    query = sa.text(
        "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
        "WHERE inhparent = to_regclass(:parent) ORDER BY child.relname"
    )
    return connection.execute(query, {"parent": table.name}).scalars().all()
