"""What the page of explanations is made of: a described call, and what is told of one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from keyreeve.console.parts import Field
from keyreeve.protocol.forwarded import Hop

Verdict: TypeAlias = Literal["allowed", "refused", "depends"]


@dataclass(frozen=True, slots=True)
class CallForm:
    """The fields that describe a call."""

    user: Field
    method: Field
    path: Field
    address: Field
    header: Field
    api: str = ""
    """`own` or `guarded` where the visitor has chosen; else the path tells."""


@dataclass(frozen=True, slots=True)
class HopRow:
    """One host on the way, and what was made of it."""

    name: str
    rule: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One rule, and what it said."""

    rule: str
    question: str
    reply: str


@dataclass(frozen=True, slots=True)
class Told:
    """A decision: its outcome, the facts around it, and its trace."""

    verdict: Verdict
    headline: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[StepRow, ...]
    elsewhere: tuple[str, str] | None = None
    """A label and a path: the same call, judged as one of the other API."""
    hops: tuple[HopRow, ...] = ()
    """Of a decision on record: how its address was found."""


def hop_rows(hops: Iterable[Hop]) -> tuple[HopRow, ...]:
    """Return hops as the page shows them."""
    return tuple(HopRow(hop.name, hop.rule.value) for hop in hops)
