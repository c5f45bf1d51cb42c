"""Ready-made access records, and a clock that stands until it is moved."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from secrets import token_hex

import sqlalchemy as sa

from keyreeve.domain.edge import Edge
from keyreeve.protocol.address import Address, parse_address
from keyreeve.storage.observation_room import ROWS_A_DAY
from keyreeve.storage.observations import Kind, Observation
from keyreeve.storage.record_files import FileRecords
from keyreeve.storage.record_partitions import PartitionedRecords
from keyreeve.storage.records import AccessRecord, Count, Records

KEY = "a" * 24
ENTRY = "e" * 24
HOME = parse_address("192.0.2.1")
AWAY = parse_address("2001:db8::1")
NOON = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)
DAY = timedelta(days=1)

_numbers = count(1)


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    time: datetime = NOON
    edge: Edge = field(init=False)

    def __post_init__(self) -> None:
        self.edge = Edge(
            now=lambda: self.time,
            ticks=lambda: int(self.time.timestamp() * 1000),
            entropy=lambda size: next(_numbers).to_bytes(size, "big"),
        )


@contextmanager
def opened(place: str, clock: Clock, *, observed: int = ROWS_A_DAY) -> Iterator[Records]:
    """The records in a folder, or in the PostgreSQL database of a URL."""
    if "://" not in place:
        files = FileRecords(Path(place), clock.edge, observed=observed)
        yield files
        files.close()
        return
    engine = sa.create_engine(sa.make_url(place).set(drivername="postgresql+psycopg"))
    yield PartitionedRecords(engine, clock.edge, observed=observed)
    engine.dispose()


def new_id() -> str:
    return f"{next(_numbers):024x}"


def chance_id() -> str:
    """An id that no other process makes."""
    return token_hex(12)


def allow(
    time: datetime = NOON,
    *entries: str,
    decision_id: str | None = None,
    address: Address | None = HOME,
) -> AccessRecord:
    """A whitelisted Allow."""
    return AccessRecord(
        decision_id=decision_id or new_id(),
        time=time,
        operation="whitelist.add",
        method="POST",
        target="/users/1/whitelist",
        outcome="allow",
        key_id=KEY,
        user_id="b" * 24,
        username="ada@example.org",
        address=address,
        entry_ids=entries or (ENTRY,),
    )


def deny(
    time: datetime = NOON,
    *,
    decision_id: str | None = None,
    address: Address | None = HOME,
    username: str = "ada@example.org",
    target: str = "/groups/1?pretty=true",
) -> AccessRecord:
    return AccessRecord(
        decision_id=decision_id or new_id(),
        time=time,
        operation="groups.get",
        method="GET",
        target=target,
        outcome="deny",
        reason="ROLE_MISSING",
        rule="5",
        key_id=KEY,
        user_id="b" * 24,
        username=username,
        address=address,
        group_id="c" * 24,
    )


def counted(
    number: int = 1,
    last: datetime = NOON,
    *,
    key_id: str = KEY,
    address: Address | None = HOME,
    operation: str = "groups.get",
    decision_id: str | None = None,
) -> Count:
    minute = last.replace(second=0, microsecond=0)
    return Count(key_id, operation, address, minute, number, last, decision_id or new_id())


def overlooked(
    number: int = 1,
    last: datetime = NOON,
    *,
    decision_id: str | None = None,
    username: str | None = "ada@example.org",
    **kind: object,
) -> Observation:
    """Calls that were let through, which rule 5 would have denied."""
    told = {"operation": "groups.get", "key_id": KEY, "user_id": "b" * 24, "address": HOME} | kind
    minute = last.replace(second=0, microsecond=0)
    made = Kind(**({"rule": "5", "reason": "ROLE_MISSING"} | told))  # type: ignore[arg-type]
    return Observation(made, minute, number, last, decision_id or new_id(), username)
