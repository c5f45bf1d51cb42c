"""Observations as rows, in words that SQLite and PostgreSQL both know."""

from datetime import date, datetime

import sqlalchemy as sa

from keyreeve.protocol import address as addresses
from keyreeve.storage import record_rows
from keyreeve.storage.observations import Kind, Observation, Observations
from keyreeve.storage.record_rows import NAME_LIMIT, WORD_LIMIT, Row
from keyreeve.storage.record_schema import access_overlooked
from keyreeve.storage.records import AccessRecord

_columns = access_overlooked.c


def row(one: Observation, day: date) -> Row:
    """Return the row of one observation."""
    kind = one.kind
    words = {
        name: record_rows.printable(getattr(kind, name), WORD_LIMIT)
        for name in ("rule", "reason", "method", "operation", "path")
    }
    name = one.username
    return words | {
        "key_id": kind.key_id,
        "user_id": kind.user_id,
        "group_id": kind.group_id,
        "address": "" if kind.address is None else str(kind.address),
        "minute": one.minute,
        "day": day,
        "count": one.count,
        "last": one.last,
        "decision_id": one.decision_id,
        "username": None if name is None else record_rows.printable(name, NAME_LIMIT),
    }


def since(connection: sa.Connection, moment: datetime) -> Observations:
    """Return what was observed from one moment on; nothing where no table is."""
    # A file of a day before this table came has none.
    if not sa.inspect(connection).has_table(access_overlooked.name):
        return {}
    kind = [_columns[name] for name in Kind._fields]
    query = sa.select(
        *kind,
        sa.func.min(_columns.minute, type_=_columns.minute.type).label("minute"),
        sa.func.sum(_columns.count).label("count"),
        sa.func.max(_columns.last, type_=_columns.last.type).label("last"),
        sa.func.max(_columns.decision_id).label("decision_id"),
        sa.func.max(_columns.username).label("username"),
    )
    found = connection.execute(query.where(_columns.minute >= moment).group_by(*kind)).mappings()
    return {one.kind: one for one in map(_read, found)}


def decision(connection: sa.Connection, decision_id: str) -> AccessRecord | None:
    """Tell what is known of the decision of this id, if an observation ended with it."""
    if not sa.inspect(connection).has_table(access_overlooked.name):
        return None
    query = sa.select(access_overlooked).where(_columns.decision_id == decision_id)
    found = connection.execute(query).mappings().first()
    if found is None:
        return None
    one = _read(found)
    kind = one.kind
    return AccessRecord(
        one.decision_id,
        one.last,
        kind.operation,
        kind.method,
        kind.path,
        "overlooked",
        reason=kind.reason,
        rule=kind.rule,
        key_id=kind.key_id or None,
        user_id=kind.user_id or None,
        username=one.username,
        address=kind.address,
        group_id=kind.group_id or None,
    )


def _read(found: sa.RowMapping) -> Observation:
    words = {name: found[name] for name in Kind._fields if name != "address"}
    text = found["address"]
    address = addresses.parse_address(text) if text else None
    return Observation(
        Kind(**words, address=address),
        found["minute"],
        int(found["count"]),
        found["last"],
        found["decision_id"],
        found["username"],
    )
