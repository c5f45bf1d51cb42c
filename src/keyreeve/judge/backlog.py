"""Access records that wait to be written: bounded, counts first merged, denials last dropped."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TypeAlias

from keyreeve.judge.observations import Waiting
from keyreeve.protocol.address import Address
from keyreeve.storage.observations import Observation
from keyreeve.storage.records import AccessRecord, Batch, ChallengeCount, Count

ALLOWS = 10_000
"""Whitelisted Allows that wait as rows; what comes beyond is counted like any other Allow."""
DENIALS = 50_000
COUNTS = 50_000
CHALLENGES_A_MINUTE = 256
"""Sources of failed proofs told apart within one minute: a flood must not fill a disk."""
MERGED = "*"
"""Stands for every operation in a count that was merged."""
PORTION = 5_000
"""Records of each kind in one write, which holds the write lock so much shorter."""

_CountKey: TypeAlias = tuple[str, str, Address | None, datetime]
_ChallengeKey: TypeAlias = tuple[str, Address | None, datetime]


class Backlog:
    """Everything noted and not yet written. Used by one thread at a time."""

    def __init__(
        self, *, counts: int = COUNTS, allows: int = ALLOWS, denials: int = DENIALS
    ) -> None:
        self._limits = (counts, allows, denials)
        self._counts: dict[_CountKey, Count] = {}
        self._challenges: dict[_ChallengeKey, ChallengeCount] = {}
        self._overlooked = Waiting()
        self._allows: list[AccessRecord] = []
        self._denials: list[AccessRecord] = []
        self._dropped = 0
        self._told_apart: set[_ChallengeKey] = set()
        self._minute: datetime | None = None

    def __bool__(self) -> bool:
        """Tell whether anything waits."""
        waiting = self._counts or self._challenges or self._allows or self._denials
        return bool(waiting or self._overlooked or self._dropped)

    def count(self, new: Count) -> None:
        """Add to the Allows of this key, operation, address and minute."""
        key = (new.key_id, new.operation, new.address, new.minute)
        known = self._counts.get(key)
        self._counts[key] = new if known is None else _sum(known, new)
        # Merging when there are twice as many makes room for as many again.
        if known is None and len(self._counts) > 2 * self._limits[0]:
            self._merge()

    def challenge(self, new: ChallengeCount) -> None:
        """Add to the failed proofs of this reason, address and minute."""
        key = self._challenge_key(new)
        known = self._challenges.get(key)
        if known is not None:
            later = max(known, new, key=lambda c: c.last)
            new = replace(later, address=key[1], count=known.count + new.count)
        self._challenges[key] = replace(new, address=key[1])

    def overlook(self, new: Observation) -> None:
        """Add to the calls of this kind that were let through and would have been refused."""
        self._overlooked.add(new)

    def add(self, records: Iterable[AccessRecord]) -> None:
        """Keep whole records: Allows as long as there is room for rows, denials the longest."""
        _, allows, denials = self._limits
        for record in records:
            if record.outcome == "deny":
                if len(self._denials) < denials:
                    self._denials.append(record)
                else:
                    self._dropped += 1
            elif len(self._allows) < allows:
                self._allows.append(record)
            else:
                self.count(_counted(record))

    def drop(self, number: int) -> None:
        """Note that so many decisions will not be kept."""
        self._dropped += number

    def take(self) -> Batch:
        """Take out what one write is to keep."""
        rows, self._denials = self._denials[:PORTION], self._denials[PORTION:]
        room = PORTION - len(rows)
        rows += self._allows[:room]
        del self._allows[:room]
        counts = [self._counts.pop(key) for key in list(islice(self._counts, PORTION))]
        keys = list(islice(self._challenges, PORTION))
        challenges = [self._challenges.pop(key) for key in keys]
        overlooked = self._overlooked.take(PORTION)
        dropped, self._dropped = self._dropped, 0
        return Batch(tuple(rows), tuple(counts), tuple(challenges), overlooked, dropped)

    def put_back(self, batch: Batch) -> None:
        """Keep a batch that could not be written for the next time."""
        newer = [*self._denials, *self._allows]
        self._denials, self._allows = [], []
        self.add(batch.rows)
        self.add(newer)
        for count in batch.counts:
            self.count(count)
        for challenge in batch.challenges:
            self.challenge(challenge)
        for observation in batch.overlooked:
            self.overlook(observation)
        self._dropped += batch.dropped

    def _challenge_key(self, new: ChallengeCount) -> _ChallengeKey:
        """Tell the sources of one minute apart, up to the limit; the rest have no address."""
        if self._minute is None or new.minute > self._minute:
            self._minute = new.minute
            self._told_apart.clear()
        key = (new.reason, new.address, new.minute)
        if new.address is None or key in self._told_apart or key in self._challenges:
            return key
        if len(self._told_apart) >= CHALLENGES_A_MINUTE:
            return (new.reason, None, new.minute)
        self._told_apart.add(key)
        return key

    def _merge(self) -> None:
        """Leave one count for each key; drop the oldest if even those are too many."""
        counts = sorted(self._counts.values(), key=lambda c: c.last)
        merged: dict[_CountKey, Count] = {}
        minutes = {count.key_id: count.minute for count in counts}
        for count in counts:
            minute = minutes[count.key_id]
            new = replace(count, operation=MERGED, address=None, minute=minute)
            key = (new.key_id, MERGED, None, minute)
            merged[key] = _sum(merged[key], new) if key in merged else new
        while len(merged) > self._limits[0]:
            self._dropped += merged.pop(next(iter(merged))).count
        self._counts = merged


def _sum(one: Count, other: Count) -> Count:
    return replace(max(one, other, key=lambda c: c.last), count=one.count + other.count)


def _counted(record: AccessRecord) -> Count:
    """Make a whole record of an Allow one in a count; the use of its entries is lost."""
    minute = record.time.replace(second=0, microsecond=0)
    return Count(
        record.key_id or "",
        record.operation,
        record.address,
        minute,
        1,
        record.time,
        record.decision_id,
    )
