"""Access records beside an SQLite database: one file a day, and one with the totals of use.

A flush is one transaction in one file, so it is kept whole or not at all. Each day's file holds
the uses of its own day; when nobody writes to it any more they join the totals, once.
"""

import contextlib
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from keyreeve.domain.edge import Edge
from keyreeve.storage import (
    observation_rows,
    observations,
    record_file,
    record_rows,
    record_schema,
    record_statements,
)
from keyreeve.storage.observation_room import ROWS_A_DAY, Room
from keyreeve.storage.observations import Observations
from keyreeve.storage.record_schema import access_usage, folded_days, total_usage
from keyreeve.storage.records import (
    RESERVED_DAYS,
    AccessRecord,
    Batch,
    Usage,
    failing_as_unavailable,
)

TOTALS = "records-usage.db"
LOOKS = 5
"""How often the days are looked through if one of them goes meanwhile."""

_DAY = re.compile(r"records-(\d{4}-\d{2}-\d{2})\.db")


class FileRecords:
    """The access records in the files of one folder."""

    def __init__(self, folder: Path, edge: Edge, *, observed: int = ROWS_A_DAY) -> None:
        self._folder = folder
        self._edge = edge
        self._room = Room(observed)
        self._lock = threading.Lock()
        self._day: date | None = None
        self._writer: sa.Engine | None = None

    def write(self, batch: Batch) -> None:
        """Keep all of this in today's file, or nothing."""
        with self._lock, failing_as_unavailable():
            day = self._edge.now().date()
            with self._writer_of(day).begin() as connection:
                record_statements.keep(connection, day, batch, self._room)

    def usage(self, ids: Iterable[str]) -> Mapping[str, Usage]:
        """Return the use of these keys and whitelist entries; an unused one is left out."""
        wanted = frozenset(ids)
        with failing_as_unavailable():
            for _ in range(LOOKS):
                # A day folded and removed between the two looks is in neither: look again.
                with contextlib.suppress(FileNotFoundError):
                    return self._usage(wanted)
            return self._usage(wanted)

    def decision(self, decision_id: str) -> AccessRecord | None:
        """Return the decision of this id, if it is kept; the newest day is searched first."""
        with failing_as_unavailable():
            for connection in self._each_day():
                found = record_statements.decision(connection, decision_id)
                if found is not None:
                    return found
        return None

    def observations(self, since: datetime) -> Observations:
        """Return what was let through since then and would have been refused, by its kind."""
        found: Observations = {}
        with failing_as_unavailable():
            for connection in self._each_day():
                more = observation_rows.since(connection, since)
                found = observations.added(found, more.values())
        return found

    def dropped(self) -> int:
        """Return how many decisions could not be kept, in the days still on record."""
        with failing_as_unavailable():
            return sum(record_statements.dropped(connection) for connection in self._each_day())

    def prune(self, before: date) -> None:
        """Remove the files of every day before this one; totals of use stay."""
        with failing_as_unavailable():
            limit = min(before, self._quiet_before())
            for day in self._days():
                if day < limit:
                    self._fold(day)
                    self._path(day).unlink(missing_ok=True)
            self._sweep(limit)

    def close(self) -> None:
        """Let go of the file of the day."""
        with self._lock:
            if self._writer is not None:
                self._writer.dispose()
            self._writer = self._day = None

    def _writer_of(self, day: date) -> sa.Engine:
        """Return the one connection that writes to this day's file; a new day folds old ones."""
        if self._writer is None or self._day != day:
            if self._writer is not None:
                self._writer.dispose()
            path = self._path(day)
            record_file.prepare(path, record_schema.metadata)
            self._writer, self._day = record_file.writer(path), day
            for quiet in self._days():
                if quiet < self._quiet_before():
                    self._fold(quiet)
        return self._writer

    def _usage(self, wanted: frozenset[str]) -> Mapping[str, Usage]:
        """Add the totals and the days that are not yet in them.

        Raises:
            FileNotFoundError: a day was removed meanwhile.
        """
        days = self._days()
        folded: set[date] = set()
        result: Mapping[str, Usage] = {}
        if (self._folder / TOTALS).exists():
            with record_file.reader(self._folder / TOTALS).begin() as connection:
                folded = set(connection.execute(sa.select(folded_days.c.day)).scalars())
                result = record_statements.usage(connection, total_usage, wanted)
        for day in days:
            if day not in folded:
                with record_file.reader(self._path(day)).begin() as connection:
                    more = record_statements.usage(connection, access_usage, wanted)
                result = record_rows.added(result, more)
        return result

    def _fold(self, day: date) -> None:
        """Add the uses of a quiet day to the totals, unless that was done before."""
        record_file.prepare(self._folder / TOTALS, record_schema.totals)
        with (
            record_file.disposing(record_file.writer(self._folder / TOTALS)) as engine,
            engine.begin() as into,
        ):
            done = sa.select(folded_days.c.day).where(folded_days.c.day == day)
            if into.execute(done).first() is not None:
                return
            with record_file.reader(self._path(day)).begin() as connection:
                rows = connection.execute(sa.select(access_usage)).mappings().all()
            record_statements.add_usage(into, total_usage, [dict(row) for row in rows])
            into.execute(sa.insert(folded_days), {"day": day})

    def _each_day(self) -> Iterator[sa.Connection]:
        """Open the days from the newest back; one that is removed meanwhile is skipped."""
        for day in reversed(self._days()):
            with (
                contextlib.suppress(FileNotFoundError),
                record_file.reader(self._path(day)).begin() as connection,
            ):
                yield connection

    def _quiet_before(self) -> date:
        return self._edge.now().date() - timedelta(days=RESERVED_DAYS)

    def _sweep(self, limit: date) -> None:
        """Remove what an interrupted end or beginning of a day's file left behind."""
        for path in self._folder.iterdir():
            found = _DAY.match(path.name)
            if found and date.fromisoformat(found[1]) < limit:
                path.unlink(missing_ok=True)

    def _days(self) -> list[date]:
        found = (_DAY.fullmatch(path.name) for path in self._folder.iterdir())
        return sorted(date.fromisoformat(name[1]) for name in found if name)

    def _path(self, day: date) -> Path:
        return self._folder / f"records-{day.isoformat()}.db"
