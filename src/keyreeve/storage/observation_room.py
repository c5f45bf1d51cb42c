"""How many observations one day may hold: what somebody makes up must not fill a disk."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

import sqlalchemy as sa

from keyreeve.storage.observations import MERGED, Kind
from keyreeve.storage.record_rows import Row
from keyreeve.storage.record_schema import access_overlooked

ROWS_A_DAY = 100_000
RECOUNTED = 5_000
"""After so many rows the day is counted again, since other processes write to it as well."""
PORTION = 200
"""Kinds looked for at once."""

_Key: TypeAlias = tuple[str, ...]

_columns = access_overlooked.c
_KIND = Kind._fields


class Room:
    """What is left of one day after another. Used by one thread at a time."""

    def __init__(self, rows: int = ROWS_A_DAY) -> None:
        self._limit = rows
        self._day: date | None = None
        self._left = 0
        self._full = False

    def fitting(self, connection: sa.Connection, day: date, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the rows as they may be kept.

        On a full day kinds that stand there go on being counted, in the latest of their rows; all
        others are one row for each rule, reason and minute.
        """
        if not rows or self._has_room(connection, day, len(rows)):
            return rows
        known = _known(connection, day, rows)
        return [_joined(row, known.get(_key(row))) for row in rows]

    def _has_room(self, connection: sa.Connection, day: date, wanted: int) -> bool:
        """Tell whether so many rows fit; a day that was full once stays full."""
        if day != self._day:
            self._day, self._left, self._full = day, 0, False
        if not self._full and wanted > self._left:
            free = self._limit - _held(connection, day, self._limit)
            self._full = wanted > free
            self._left = min(free, max(RECOUNTED, wanted))
        self._left -= wanted
        return not self._full


def _held(connection: sa.Connection, day: date, most: int) -> int:
    """Count the rows of a day, no further than matters."""
    rows = sa.select(sa.literal(1)).where(_columns.day == day).limit(most).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one())


def _known(connection: sa.Connection, day: date, rows: Iterable[Row]) -> Mapping[_Key, datetime]:
    """Return the latest minute of each of these kinds that stands there."""
    kind = [_columns[name] for name in _KIND]
    latest = sa.func.max(_columns.minute, type_=_columns.minute.type)
    query = sa.select(*kind, latest).where(_columns.day == day).group_by(*kind)
    wanted = sorted({_key(row) for row in rows if row["operation"] != MERGED})
    found: dict[_Key, datetime] = {}
    for start in range(0, len(wanted), PORTION):
        portion = query.where(sa.tuple_(*kind).in_(wanted[start : start + PORTION]))
        found |= {tuple(row[:-1]): row[-1] for row in connection.execute(portion)}
    return found


def _joined(row: Row, minute: datetime | None) -> Row:
    """Return the row as part of what stands there, or of all that has no row of its own."""
    if minute is not None:
        return row | {"minute": minute}
    told = {"rule": row["rule"], "reason": row["reason"], "operation": MERGED}
    return row | dict.fromkeys(_KIND, "") | told | {"username": None}


def _key(row: Row) -> _Key:
    return tuple(row[name] for name in _KIND)
