"""Throttles that all processes share: for each who tries, when the next try is due."""

from datetime import datetime

import sqlalchemy as sa

from keyreeve.storage import sign_in_schema as schema
from keyreeve.storage import statements

FORGOTTEN_AT_ONCE = 100

_throttles = schema.throttles.c


class Throttles:
    """All throttles, seen through one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def arrival(self, digest: bytes, now: datetime) -> datetime:
        """Return when the next try of `digest` is due, locked until the commit."""
        insert = statements.insert(self._connection, schema.throttles)
        # An update of nothing locks the row, be it new or old.
        locked = insert.values(digest=digest, arrival=now).on_conflict_do_update(
            index_elements=["digest"], set_={"arrival": _throttles.arrival}
        )
        row = self._connection.execute(locked.returning(_throttles.arrival))
        arrival: datetime = row.scalar_one()
        return arrival

    def set(self, digest: bytes, arrival: datetime) -> None:
        """Keep when the next try is due."""
        here = _throttles.digest == digest
        self._connection.execute(sa.update(schema.throttles).where(here).values(arrival=arrival))

    def forget(self, digest: bytes) -> None:
        """Let whoever this is begin anew."""
        self._connection.execute(sa.delete(schema.throttles).where(_throttles.digest == digest))

    def forget_past(self, now: datetime) -> None:
        """Forget those that hold nobody back any more, but for what others are looking at."""
        past = sa.select(_throttles.digest).where(_throttles.arrival < now).limit(FORGOTTEN_AT_ONCE)
        unlocked = past.with_for_update(skip_locked=True)
        self._connection.execute(sa.delete(schema.throttles).where(_throttles.digest.in_(unlocked)))
