"""Observations: calls that were let through and would have been refused, counted by their kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeAlias

from keyreeve.protocol.address import Address

MERGED = "*"
"""Stands for every operation, caller and address in an observation that was merged."""


class Kind(NamedTuple):
    """What observations have in common that are counted as one."""

    rule: str
    """The rule that would have said no; empty where none was asked."""
    reason: str
    method: str = ""
    operation: str = ""
    """The name of the operation; empty if it is unknown."""
    path: str = ""
    """Of an unknown operation: its path, with `{id}` for whatever looks like one."""
    key_id: str = ""
    user_id: str = ""
    group_id: str = ""
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """How often calls of one kind came within one minute, or since then."""

    kind: Kind
    minute: datetime
    count: int
    last: datetime
    decision_id: str
    """The id of the last of these decisions, or of another one of them."""
    username: str | None = None
    """A name that was claimed; of a failed proof it proves nothing."""


Observations: TypeAlias = Mapping[Kind, Observation]


def added(known: Observations, more: Iterable[Observation]) -> dict[Kind, Observation]:
    """Add observations to others, whatever their minutes."""
    result = dict(known)
    for one in more:
        result[one.kind] = one if one.kind not in result else combined(result[one.kind], one)
    return result


def combined(one: Observation, other: Observation) -> Observation:
    """Make one of two observations of a kind; the later brings its company."""
    later = max(one, other, key=lambda o: o.last)
    return replace(later, minute=min(one.minute, other.minute), count=one.count + other.count)
