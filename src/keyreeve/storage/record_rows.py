"""Access records as rows: text made harmless, and uses added up."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from keyreeve.protocol import address as addresses
from keyreeve.protocol.address import Address
from keyreeve.storage.records import AccessRecord, Batch, ChallengeCount, Count, Usage

NAME_LIMIT = 254
TARGET_LIMIT = 2048
WORD_LIMIT = 200

Row: TypeAlias = dict[str, Any]

# Controls, direction marks and lone surrogates: none can disturb a line, a terminal or a driver.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\\]"
)


@dataclass(frozen=True, slots=True)
class _Use:
    id: str
    count: int
    last: datetime
    address: Address | None


def printable(text: str, limit: int) -> str:
    r"""Return at most `limit` characters of foreign text, with controls written as `\uXXXX`."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text[:limit])


def record_row(record: AccessRecord, day: date) -> Row:
    """Return the row of one decision."""
    return {
        "decision_id": record.decision_id,
        "day": day,
        "time": record.time,
        "operation": printable(record.operation, WORD_LIMIT),
        "method": printable(record.method, WORD_LIMIT),
        "target": printable(record.target, TARGET_LIMIT),
        "outcome": record.outcome,
        "reason": record.reason,
        "rule": record.rule,
        "key_id": record.key_id,
        "user_id": record.user_id,
        "username": _name(record.username),
        "address": _address(record.address),
        "group_id": record.group_id,
        "entry_ids": " ".join(record.entry_ids),
    }


def hops_row(record: AccessRecord, day: date) -> Row:
    """Return the row of how the address of one decision was found."""
    return {"decision_id": record.decision_id, "day": day, "hops": record.hops}


def count_row(count: Count, day: date) -> Row:
    """Return the row of one count of Allows."""
    return {
        "key_id": count.key_id,
        "operation": printable(count.operation, WORD_LIMIT),
        "address": _address(count.address),
        "minute": count.minute,
        "day": day,
        "count": count.count,
        "last": count.last,
        "decision_id": count.decision_id,
    }


def challenge_row(count: ChallengeCount, day: date) -> Row:
    """Return the row of one count of failed proofs."""
    return {
        "reason": count.reason,
        "address": _address(count.address),
        "minute": count.minute,
        "day": day,
        "count": count.count,
        "last": count.last,
        "username": _name(count.username),
    }


def usage_rows(batch: Batch) -> list[Row]:
    """Add up what these decisions mean for keys and whitelist entries: one row for each, by id."""
    totals: dict[str, Row] = {}
    for use in _uses(batch):
        total = totals.setdefault(
            use.id, {"id": use.id, "count": 0, "last": use.last, "address": _address(use.address)}
        )
        total["count"] += use.count
        if use.last > total["last"]:
            total |= {"last": use.last, "address": _address(use.address)}
    return [totals[id_] for id_ in sorted(totals)]


def record_of(row: sa.RowMapping, hops: str) -> AccessRecord:
    """Read the row of one decision back, and how its address was found."""
    values = {name: value for name, value in row.items() if name != "day"}
    values["address"] = _address_of(row["address"])
    values["entry_ids"] = tuple(row["entry_ids"].split())
    return AccessRecord(**values, hops=hops)


def counted_record_of(row: sa.RowMapping) -> AccessRecord:
    """Tell what a count knows of the last Allow in it."""
    return AccessRecord(
        decision_id=row["decision_id"],
        time=row["last"],
        operation=row["operation"],
        method="",
        target="",
        outcome="allow",
        key_id=row["key_id"],
        address=_address_of(row["address"]),
    )


def usage_of(row: sa.RowMapping) -> Usage:
    """Read a total of use back."""
    return Usage(row["count"], row["last"], row["address"] or None)


def added(totals: Mapping[str, Usage], more: Mapping[str, Usage]) -> dict[str, Usage]:
    """Add uses to uses; of two last ones the later stays."""
    result = dict(totals)
    for id_, usage in more.items():
        known = result.get(id_)
        if known is None:
            result[id_] = usage
            continue
        later = max(known, usage, key=lambda u: u.last_used)
        result[id_] = Usage(known.count + usage.count, later.last_used, later.last_used_address)
    return result


def _uses(batch: Batch) -> Iterable[_Use]:
    """Tell who was used: a key by each request it proved, an entry by what it let through."""
    for count in batch.counts:
        yield _Use(count.key_id, count.count, count.last, count.address)
    for one in batch.overlooked:
        # Where no rule said no, the call was counted as an Allow as well, or nobody was asked.
        if one.kind.key_id and one.kind.rule:
            yield _Use(one.kind.key_id, one.count, one.last, one.kind.address)
    for record in batch.rows:
        if record.key_id is not None and record.outcome != "challenge":
            yield _Use(record.key_id, 1, record.time, record.address)
        if record.outcome == "allow":
            for entry_id in record.entry_ids:
                yield _Use(entry_id, 1, record.time, record.address)


def _name(username: str | None) -> str | None:
    return None if username is None else printable(username, NAME_LIMIT)


def _address(address: Address | None) -> str:
    """Write an address; an unknown one is empty, since a key of a table holds no NULL."""
    return "" if address is None else str(address)


def _address_of(text: str) -> Address | None:
    return addresses.parse_address(text) if text else None
