"""Console sessions: of the secret that a browser holds, only a digest."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from keyreeve.domain.session import ABSOLUTE, Session
from keyreeve.storage import sign_in_schema as schema

_sessions = schema.sessions.c
_SHOWN = (
    _sessions.id,
    _sessions.user_id,
    _sessions.started,
    _sessions.last_seen,
    _sessions.verified,
    _sessions.address,
    _sessions.browser,
)


class Sessions:
    """All sessions, seen through one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, session: Session, token_digest: bytes) -> None:
        """Keep a new session."""
        row = {column.name: getattr(session, column.name) for column in _SHOWN}
        self._connection.execute(sa.insert(schema.sessions), row | {"token_digest": token_digest})

    def by_token(self, token_digest: bytes) -> Session | None:
        """Return the session whose secret has this digest, be it over or not."""
        return self._one(_sessions.token_digest == token_digest)

    def get(self, user_id: str, session_id: str) -> Session | None:
        """Return one session of one user."""
        return self._one((_sessions.user_id == user_id) & (_sessions.id == session_id))

    def list(self, user_id: str) -> tuple[Session, ...]:
        """Return the sessions of one user, the last used first."""
        query = sa.select(*_SHOWN).where(_sessions.user_id == user_id)
        rows = self._connection.execute(query.order_by(_sessions.last_seen.desc(), _sessions.id))
        return tuple(Session(**row) for row in rows.mappings())

    def change(self, session_id: str, token_digest: bytes, *, verified: bool) -> bool:
        """Give a session another secret; tell whether it was still there."""
        done = self._connection.execute(
            sa.update(schema.sessions)
            .where(_sessions.id == session_id)
            .values(token_digest=token_digest, verified=verified)
        )
        return done.rowcount == 1

    def seen(self, session_id: str, moment: datetime, address: str | None) -> None:
        """Note when and from where a session was last used."""
        self._connection.execute(
            sa.update(schema.sessions)
            .where(_sessions.id == session_id)
            .values(last_seen=moment, address=address)
        )

    def remove(self, user_id: str, session_id: str) -> bool:
        """End one session of one user; tell whether there was one."""
        here = (_sessions.user_id == user_id) & (_sessions.id == session_id)
        return self._connection.execute(sa.delete(schema.sessions).where(here)).rowcount == 1

    def remove_all(self, user_id: str, *, but: str | None = None) -> int:
        """End all sessions of one user, but perhaps one; return how many there were."""
        theirs: sa.ColumnElement[bool] = _sessions.user_id == user_id
        if but is not None:
            theirs &= _sessions.id != but
        return self._connection.execute(sa.delete(schema.sessions).where(theirs)).rowcount

    def remove_old(self, now: datetime) -> None:
        """Forget the sessions, of whomever, that are too old in any case."""
        self._connection.execute(
            sa.delete(schema.sessions).where(_sessions.started <= now - ABSOLUTE)
        )

    def _one(self, condition: sa.ColumnElement[bool]) -> Session | None:
        found: sa.RowMapping | Any = (
            self._connection.execute(sa.select(*_SHOWN).where(condition)).mappings().one_or_none()
        )
        return None if found is None else Session(**found)
