"""Observations as they are noted: of which kind each is, and how few kinds there may be."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TypeAlias

from keyreeve.judge.call import Call
from keyreeve.judge.verdict import Verdict
from keyreeve.storage import observations
from keyreeve.storage.observations import MERGED, Kind, Observation

KINDS = 2_000
"""Kinds told apart between two flushes."""
KINDS_A_MINUTE = 1_000
"""Kinds written of one minute: paths that somebody makes up must not fill a disk."""
WAITING = 20_000
"""Observations that wait to be written before those of a reason are made one."""
VARIABLE = "{id}"
SEGMENTS = 12
LONGEST = 32
"""Characters of a segment that may be a word."""

# A word, with at most one digit at its end, perhaps the name of a file or with a verb after it.
_WORD = re.compile(r"[A-Za-z_-]+[0-9]?(?:\.[A-Za-z]{1,8}|:[A-Za-z]+)?|v[0-9]+(?:\.[0-9]+)*|\.*")
_HEX = re.compile(r"[0-9a-f]{16,}|[0-9A-F]{16,}")

_Kept: TypeAlias = tuple[Kind, datetime]


class Tally:
    """How often a kind was met since the last flush, and by whom last."""

    __slots__ = ("count", "decision_id", "username")

    def __init__(self) -> None:
        self.count = 0
        self.decision_id = ""
        self.username: str | None = None


class Tallies:
    """What was overlooked since the last flush. Used by one thread at a time."""

    def __init__(self) -> None:
        self._known: dict[Kind, Tally] = {}

    def add(self, kind: Kind, decision_id: str, username: str | None) -> None:
        """Count one call; with too many kinds no more than its rule and reason are told."""
        if kind not in self._known and len(self._known) >= KINDS:
            kind, username = merged(kind), None
        tally = self._known.setdefault(kind, Tally())
        tally.count += 1
        tally.decision_id = decision_id
        tally.username = username

    def take(self) -> Mapping[Kind, Tally]:
        """Take out what was counted."""
        known, self._known = self._known, {}
        return known


class Waiting:
    """Observations that wait to be written. Used by one thread at a time."""

    def __init__(self) -> None:
        self._kept: dict[_Kept, Observation] = {}
        self._minute: datetime | None = None
        self._told_apart: set[Kind] = set()

    def __bool__(self) -> bool:
        """Tell whether anything waits."""
        return bool(self._kept)

    def add(self, new: Observation) -> None:
        """Add to the calls of this kind and minute."""
        if (new.kind, new.minute) not in self._kept and not self._may_tell_apart(new):
            new = replace(new, kind=merged(new.kind), username=None)
        self._keep(new)
        if len(self._kept) > WAITING:
            kept, self._kept = list(self._kept.values()), {}
            latest = max(one.minute for one in kept)
            for one in kept:
                self._keep(replace(one, kind=merged(one.kind), minute=latest, username=None))

    def take(self, most: int) -> tuple[Observation, ...]:
        """Take out so many at most."""
        return tuple(self._kept.pop(key) for key in list(islice(self._kept, most)))

    def _keep(self, new: Observation) -> None:
        key = (new.kind, new.minute)
        known = self._kept.get(key)
        self._kept[key] = new if known is None else observations.combined(known, new)

    def _may_tell_apart(self, new: Observation) -> bool:
        """Tell the kinds of one minute apart, up to the limit."""
        if self._minute is None or new.minute > self._minute:
            self._minute = new.minute
            self._told_apart.clear()
        if new.kind not in self._told_apart and len(self._told_apart) >= KINDS_A_MINUTE:
            return False
        self._told_apart.add(new.kind)
        return True


def kind(call: Call, verdict: Verdict, rule: str, reason: str) -> Kind:
    """Return of which kind a call is that is overlooked; of strangers no more than a site is told.

    Whoever has no key has a whole /64 of IPv6 addresses to come from.
    """
    match, subject, group, address = verdict.match, verdict.subject, verdict.group, call.address
    if subject is None and address is not None:
        address = address.site
    return Kind(
        rule,
        reason,
        call.method,
        "" if match is None else match.operation.name,
        "" if match is not None else general(call.target),
        verdict.key_id or "",
        "" if subject is None else subject.user_id,
        "" if group is None else group.id,
        address,
    )


def merged(kind: Kind) -> Kind:
    """Return what stands for all kinds of one rule and reason."""
    return Kind(kind.rule, kind.reason, operation=MERGED)


def general(target: str) -> str:
    """Return the path of a target with `{id}` for every segment that looks like no word."""
    segments = target.partition("?")[0].split("/", SEGMENTS + 1)
    return "/".join(segment if _is_word(segment) else VARIABLE for segment in segments)


def _is_word(segment: str) -> bool:
    fits = len(segment) <= LONGEST and _WORD.fullmatch(segment) is not None
    return fits and not _HEX.fullmatch(segment)
