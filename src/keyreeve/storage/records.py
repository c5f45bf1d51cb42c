"""Access records: which decisions were made, kept apart from what decides."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol, TypeAlias

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from keyreeve.protocol.address import Address
from keyreeve.storage.observations import Observation, Observations

Outcome: TypeAlias = Literal["allow", "deny", "challenge", "overlooked"]
"""Overlooked: it was let through, and would have been refused were nothing only observed."""

RESERVED_DAYS = 1
"""Days before today whose records stay whatever retention says: someone may still write there."""


class RecordsUnavailable(Exception):
    """Nothing of this write was kept; the same write may succeed later."""


class RecordsRejected(Exception):
    """Nothing of this write was kept, and it never will be."""


@dataclass(frozen=True, slots=True)
class AccessRecord:
    """One decision kept whole. It never holds a header, a nonce or a secret."""

    decision_id: str
    time: datetime
    operation: str
    method: str
    target: str
    outcome: Outcome
    reason: str = ""
    rule: str = ""
    key_id: str | None = None
    user_id: str | None = None
    username: str | None = None
    """The name that was claimed; of a failed proof it proves nothing."""
    address: Address | None = None
    group_id: str | None = None
    entry_ids: tuple[str, ...] = ()
    """The whitelist entries that let a whitelisted operation through."""
    hops: str = ""
    """How the address was found, as `protocol.hops` writes it; empty where nobody said so."""


@dataclass(frozen=True, slots=True)
class Count:
    """How often one key was allowed one operation from one address within one minute."""

    key_id: str
    operation: str
    address: Address | None
    minute: datetime
    count: int
    last: datetime
    decision_id: str
    """The id of the last of these decisions."""


@dataclass(frozen=True, slots=True)
class ChallengeCount:
    """How often one address failed to prove itself for one reason within one minute."""

    reason: str
    address: Address | None
    minute: datetime
    count: int
    last: datetime
    username: str | None = None
    """The name claimed last."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is written at once."""

    rows: Sequence[AccessRecord] = ()
    counts: Sequence[Count] = ()
    challenges: Sequence[ChallengeCount] = ()
    overlooked: Sequence[Observation] = ()
    dropped: int = 0
    """Decisions that will never be kept."""

    @property
    def size(self) -> int:
        """Return how many decisions this tells of, beside those dropped before."""
        counted = sum(c.count for c in self.counts) + sum(c.count for c in self.challenges)
        return len(self.rows) + counted + sum(o.count for o in self.overlooked)


@dataclass(frozen=True, slots=True)
class Usage:
    """What became of a key or a whitelist entry: how often it served, when and from where last."""

    count: int
    last_used: datetime
    last_used_address: str | None


class Records(Protocol):
    """The access records of one installation, safe for several processes at once.

    Every method may raise `RecordsUnavailable`: records are kept apart from what decides, and may
    be away while all else is well.
    """

    def write(self, batch: Batch) -> None:
        """Keep all of this or nothing; counts of one minute add up.

        Raises:
            RecordsUnavailable: the disk is full, or the database is away or locked.
            RecordsRejected: the store does not take these values.
        """

    def usage(self, ids: Iterable[str]) -> Mapping[str, Usage]:
        """Return the use of these keys and whitelist entries; an unused one is left out.

        Totals outlive the records they were counted from. A key is used by every request that it
        proved, allowed or denied; an entry by every whitelisted operation it let through.
        """

    def decision(self, decision_id: str) -> AccessRecord | None:
        """Return the decision of this id, if it is kept.

        An Allow that was only counted is found by the last id of its minute, and so is what was
        overlooked; of them no more is known than what was counted.
        """

    def observations(self, since: datetime) -> Observations:
        """Return what was let through since then and would have been refused, by its kind."""

    def dropped(self) -> int:
        """Return how many decisions could not be kept, in the days still on record."""

    def prune(self, before: date) -> None:
        """Remove the records of every day before this one; totals of use stay."""

    def close(self) -> None:
        """Let go of files and connections."""


@contextmanager
def failing_as_unavailable() -> Iterator[None]:
    """Tell the failures that time may mend from those it will not."""
    try:
        yield
    except (DataError, IntegrityError) as error:
        raise RecordsRejected(type(error.orig).__name__) from error
    except (SQLAlchemyError, OSError) as error:
        raise RecordsUnavailable(str(error).partition("\n")[0]) from error
