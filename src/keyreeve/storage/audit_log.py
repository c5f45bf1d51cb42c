"""The audit log: every change on one chain, each link sealed with what went before it."""

import hmac
import json
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785
import sqlalchemy as sa

from keyreeve.domain.audit import Actor, AuditEvent
from keyreeve.storage import schema, statements

_events = schema.audit_events.c
_head = schema.audit_head.c
_HEAD = sa.select(_head.seq, _head.mac)
_ANY_USER = sa.select(schema.users.c.id).limit(1)
_SOLE = 1
_AT_ONCE = 500
_TOLD = tuple(c.name for c in schema.audit_events.c if c.name != "mac")
"""What a seal covers: the whole row."""


@dataclass(frozen=True, slots=True)
class Link:
    """An audit event in its place on the chain."""

    seq: int
    event: AuditEvent
    mac: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain breaks: the first event that is not as it was written, or its end."""

    seq: int
    event_id: str | None
    """None: events are missing at the end."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events fit: each part narrows. A user fits as the actor, too."""

    group_id: str | None = None
    user_id: str | None = None
    actions: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditLog:
    """All audit events, seen through one transaction."""

    def __init__(self, connection: sa.Connection, key: bytes) -> None:
        self._connection = connection
        self._key = key

    def add(self, event: AuditEvent) -> None:
        """Write an event at the end of the chain. Others wait there until this transaction ends."""
        seq, previous = self._hold_head()
        row = _row(seq + 1, event)
        mac = _mac(self._key, previous, row)
        self._connection.execute(sa.insert(schema.audit_events), {**row, "mac": mac})
        self._connection.execute(
            sa.update(schema.audit_head).values(seq=seq + 1, mac=_end(self._key, mac))
        )

    def list(
        self,
        *,
        group_id: str | None = None,
        user_id: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> tuple[AuditEvent, ...]:
        """Return the events that fit, newest first. A user fits as the actor, too."""
        wanted = Wanted(group_id, user_id, None if action is None else (action,), since)
        query = sa.select(schema.audit_events).where(*_conditions(wanted))
        newest = query.order_by(_events.seq.desc()).limit(limit)
        return tuple(_event(row) for row in self._connection.execute(newest).mappings())

    def page(
        self, wanted: Wanted, *, offset: int, limit: int
    ) -> tuple[tuple[AuditEvent, ...], int]:
        """Return some of the events that fit, newest first, and how many fit in all."""
        query = sa.select(schema.audit_events).where(*_conditions(wanted))
        newest = query.order_by(_events.seq.desc()).offset(offset).limit(limit)
        found = tuple(_event(row) for row in self._connection.execute(newest).mappings())
        counted = sa.select(sa.func.count()).select_from(query.subquery())
        return found, self._connection.execute(counted).scalar_one()

    def get(self, event_id: str, wanted: Wanted) -> AuditEvent | None:
        """Return the event of this id, if it fits."""
        query = sa.select(schema.audit_events).where(_events.id == event_id, *_conditions(wanted))
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else _event(row)

    def links(self) -> Iterator[Link]:
        """Walk the chain, oldest event first."""
        with closing(self._rows()) as rows:
            for row in rows:
                yield Link(row["seq"], _event(row), row["mac"])

    def verify(self) -> Broken | None:
        """Walk the chain and name the first event that is not as it was written."""
        seq, previous = 0, _beginning(self._key)
        with closing(self._rows()) as rows:
            for row in rows:
                seq += 1
                expected = _mac(self._key, previous, row)
                if row["seq"] != seq or not hmac.compare_digest(expected, row["mac"]):
                    return Broken(row["seq"], row["id"])
                previous = _end(self._key, row["mac"])
        return None if self._ends_with(seq, previous) else Broken(seq + 1, None)

    def _ends_with(self, seq: int, end: bytes) -> bool:
        """Tell whether the chain is whole if this is the last that is left of it."""
        head = self._connection.execute(_HEAD).one_or_none()
        if head is not None:
            return bool(head.seq == seq and hmac.compare_digest(head.mac, end))
        # Never begun, or removed altogether: every user was made with an event.
        return seq == 0 and self._connection.execute(_ANY_USER).first() is None

    def _hold_head(self) -> tuple[int, bytes]:
        """Lock the end of the chain; begin the chain where there is none."""
        head = self._connection.execute(_HEAD.with_for_update()).one_or_none()
        if head is None:
            self._begin()
            head = self._connection.execute(_HEAD.with_for_update()).one()
        return head.seq, head.mac

    def _begin(self) -> None:
        insert = statements.insert(self._connection, schema.audit_head)
        first = insert.values(id=_SOLE, seq=0, mac=_beginning(self._key))
        self._connection.execute(first.on_conflict_do_nothing())

    def _rows(self) -> Generator[sa.RowMapping]:
        query = sa.select(schema.audit_events).order_by(_events.seq)
        with self._connection.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
            yield from rows.mappings()


def _conditions(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.group_id is not None:
        yield _events.group_id == wanted.group_id
    if wanted.user_id is not None:
        yield (_events.user_id == wanted.user_id) | (_events.actor_user_id == wanted.user_id)
    if wanted.actions is not None:
        yield _events.action.in_(wanted.actions)
    if wanted.since is not None:
        yield _events.created >= wanted.since
    if wanted.until is not None:
        yield _events.created <= wanted.until


def _row(seq: int, event: AuditEvent) -> dict[str, object]:
    return {
        "seq": seq,
        "id": event.id,
        "created": event.created,
        "actor_name": event.actor.name,
        "actor_user_id": event.actor.user_id,
        "actor_address": event.actor.address,
        "action": event.action,
        "object_id": event.object_id,
        "group_id": event.group_id,
        "user_id": event.user_id,
        "details": rfc8785.dumps(dict(event.details)).decode(),
    }


def _event(row: sa.RowMapping) -> AuditEvent:
    return AuditEvent(
        id=row["id"],
        created=row["created"],
        actor=Actor(row["actor_name"], row["actor_user_id"], row["actor_address"]),
        action=row["action"],
        object_id=row["object_id"],
        group_id=row["group_id"],
        user_id=row["user_id"],
        details=json.loads(row["details"]),
    )


def _beginning(key: bytes) -> bytes:
    """Return what the first event follows."""
    return hmac.digest(key, b"beginning", "sha256")


def _mac(key: bytes, previous: bytes, row: Mapping[str, Any] | sa.RowMapping) -> bytes:
    """Seal an event together with all before it, over its canonical form (RFC 8785)."""
    told = {name: row[name] for name in _TOLD}
    told["created"] = row["created"].astimezone(UTC).isoformat(timespec="microseconds")
    told["previous"] = previous.hex()
    return hmac.digest(key, rfc8785.dumps(told), "sha256")


def _end(key: bytes, mac: bytes) -> bytes:
    """Seal an event as the last: who cuts the chain shorter cannot make the end that it needs."""
    return hmac.digest(key, b"end " + mac, "sha256")
