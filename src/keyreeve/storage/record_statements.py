"""What is said to a store of access records, in words that SQLite and PostgreSQL both know."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from keyreeve.storage import observation_rows, record_rows
from keyreeve.storage.observation_room import Room
from keyreeve.storage.record_rows import Row
from keyreeve.storage.record_schema import (
    access_challenges,
    access_counts,
    access_drops,
    access_hops,
    access_overlooked,
    access_records,
    access_usage,
)
from keyreeve.storage.records import AccessRecord, Batch, Usage

IDS_AT_ONCE = 500

_Insert: TypeAlias = sqlite.Insert | postgresql.Insert
_INSERT: dict[str, Callable[[sa.Table], _Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def keep(connection: sa.Connection, day: date, batch: Batch, room: Room) -> None:
    """Write one batch and add what it means for the totals of use."""
    records = [record_rows.record_row(record, day) for record in batch.rows]
    _add_new(connection, access_records, records)
    ways = [record_rows.hops_row(record, day) for record in batch.rows if record.hops]
    _add_new(connection, access_hops, ways)
    counts = [record_rows.count_row(count, day) for count in batch.counts]
    _add(connection, access_counts, counts)
    challenges = [record_rows.challenge_row(count, day) for count in batch.challenges]
    _add(connection, access_challenges, challenges)
    overlooked = [observation_rows.row(one, day) for one in batch.overlooked]
    _add(connection, access_overlooked, room.fitting(connection, day, overlooked))
    _add(connection, access_drops, [{"day": day, "count": batch.dropped}] if batch.dropped else [])
    _add(connection, access_usage, record_rows.usage_rows(batch))


def add_usage(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Add uses to the totals in `table`."""
    _add(connection, table, rows)


def usage(
    connection: sa.Connection, table: sa.Table, ids: Collection[str] | None = None
) -> dict[str, Usage]:
    """Return the totals in `table` of these ids, or of all."""
    wanted = [None] if ids is None else _portions(sorted(ids))
    found: dict[str, Usage] = {}
    for portion in wanted:
        query = sa.select(table)
        if portion is not None:
            query = query.where(table.c.id.in_(portion))
        for row in connection.execute(query).mappings():
            found[row["id"]] = record_rows.usage_of(row)
    return found


def decision(connection: sa.Connection, decision_id: str) -> AccessRecord | None:
    """Return the decision of this id: its own row, or what it was the last of."""
    whole = sa.select(access_records).where(access_records.c.decision_id == decision_id)
    row = connection.execute(whole).mappings().first()
    if row is not None:
        return record_rows.record_of(row, _hops(connection, decision_id))
    counted = sa.select(access_counts).where(access_counts.c.decision_id == decision_id)
    row = connection.execute(counted).mappings().first()
    if row is not None:
        return record_rows.counted_record_of(row)
    return observation_rows.decision(connection, decision_id)


def dropped(connection: sa.Connection) -> int:
    """Return how many decisions were dropped."""
    total = connection.execute(sa.select(sa.func.sum(access_drops.c.count))).scalar()
    return int(total or 0)


def _hops(connection: sa.Connection, decision_id: str) -> str:
    """Return how the address of a decision was found, if that was kept."""
    # A file of a day before this table came has none.
    if not sa.inspect(connection).has_table(access_hops.name):
        return ""
    query = sa.select(access_hops.c.hops).where(access_hops.c.decision_id == decision_id)
    return str(connection.execute(query).scalar() or "")


def _add_new(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows; those that stand already stay as they are."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def _add(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows, or add their counts to those that stand; the later `last` brings its company.

    In one order everywhere, so that two writers never wait for each other.
    """
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = _insert(connection, table)
    merged = _merged(table, statement, keys)
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=merged),
        sorted(rows, key=lambda row: [str(row[key]) for key in keys]),
    )


def _merged(
    table: sa.Table, insert: _Insert, keys: Collection[str]
) -> dict[str, sa.ColumnElement[Any]]:
    """Say what becomes of each column that is no part of the key."""
    new = insert.excluded
    merged: dict[str, sa.ColumnElement[Any]] = {"count": table.c.count + new.count}
    for column in table.columns:
        if column.name not in keys and column.name != "count":
            later = new.last >= table.c.last
            merged[column.name] = sa.case((later, new[column.name]), else_=column)
    return merged


def _insert(connection: sa.Connection, table: sa.Table) -> _Insert:
    return _INSERT[connection.dialect.name](table)


def _portions(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE)]
