"""The recorder: notes every decision in memory and writes later, so that no decision waits."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from keyreeve.domain.edge import Edge
from keyreeve.domain.whitelist import Whitelist
from keyreeve.judge.backlog import ALLOWS, COUNTS, DENIALS, MERGED, Backlog
from keyreeve.judge.observations import Tallies
from keyreeve.protocol import hops, token
from keyreeve.protocol.address import Address
from keyreeve.protocol.forwarded import Hop
from keyreeve.storage.observations import Kind, Observation
from keyreeve.storage.record_rows import NAME_LIMIT
from keyreeve.storage.records import (
    AccessRecord,
    Batch,
    ChallengeCount,
    Count,
    Records,
    RecordsRejected,
    RecordsUnavailable,
)

INTERVAL_SECONDS = 0.2
ROWS = 1_000
"""So many rows are written at once rather than at the end of the interval."""
SOURCES = 512
"""Sources of failed proofs told apart between two flushes."""
STOP_SECONDS = 15.0

_Row: TypeAlias = tuple[AccessRecord, Whitelist | None, Sequence[Hop]]

_log = logging.getLogger("keyreeve.records")


class _Tally:
    """How often something happened since the last flush, and what was said of it last."""

    __slots__ = ("count", "last")

    def __init__(self, last: str | None) -> None:
        self.count = 1
        self.last = last


class Recorder:
    """Stands between the judge and the access records. Noting never fails and never waits.

    What is only counted gets the time at which it is flushed. While records cannot be written
    they wait in memory, up to a bound; a process that is killed takes with it what waits.
    """

    def __init__(self, records: Records, edge: Edge, *, interval: float = INTERVAL_SECONDS) -> None:
        self._records = records
        self._edge = edge
        self._interval = interval
        # Held for some dozen nanoseconds at a time, by those who note and by who takes it away.
        self._noting = threading.Lock()
        self._allows: dict[tuple[str, str, bytes | None], _Tally] = {}
        self._challenges: dict[tuple[str, bytes | None], _Tally] = {}
        self._overlooked = Tallies()
        self._rows: list[_Row] = []
        self._dropped = 0
        self._flushing = threading.Lock()
        self._backlog = Backlog()
        self._failing = False
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def note_allow(
        self, key_id: str, operation: str, address: Address | None, decision_id: str
    ) -> None:
        """Count one Allow of an operation that is not whitelisted."""
        key = (key_id, operation, None if address is None else address.packed)
        with self._noting:
            tally = self._allows.get(key)
            if tally is None:
                self._begin_tally(key, decision_id)
            else:
                tally.count += 1
                tally.last = decision_id

    def note_challenge(
        self, *, reason: str, address: Address | None, username: str | None = None
    ) -> None:
        """Count one failed proof."""
        key = (reason, None if address is None else address.packed)
        with self._noting:
            if key not in self._challenges and len(self._challenges) >= SOURCES:
                key = (reason, None)
            tally = self._challenges.get(key)
            if tally is None:
                self._challenges[key] = _Tally(username)
            else:
                tally.count += 1
                tally.last = username

    def note_overlooked(self, kind: Kind, decision_id: str, username: str | None) -> None:
        """Count one call that was let through and would have been refused."""
        with self._noting:
            self._overlooked.add(kind, decision_id, username)

    def note(
        self, record: AccessRecord, *, whitelist: Whitelist | None = None, way: Sequence[Hop] = ()
    ) -> None:
        """Keep a denial or a whitelisted Allow whole, the latter with the list that let it in.

        `way` are the hops by which the caller's address was found.
        """
        if record.outcome == "challenge":
            self.note_challenge(
                reason=record.reason, address=record.address, username=record.username
            )
            return
        with self._noting:
            waiting = len(self._rows)
            if waiting >= (DENIALS if record.outcome == "deny" else ALLOWS):
                self._dropped += 1
            else:
                self._rows.append((record, whitelist, way))
        if waiting + 1 == ROWS:
            self._wake.set()

    def start(self) -> None:
        """Begin to write in the background; in each process for itself, after it was forked."""
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the background and write what waits."""
        thread, self._thread = self._thread, None
        self._stopping = True
        self._wake.set()
        if thread is not None:
            thread.join(STOP_SECONDS)
            if thread.is_alive():
                _log.warning("access records are lost: writing them does not end")
                return
        self.flush()

    def flush(self) -> None:
        """Write what was noted until now; what cannot be written waits for the next flush."""
        with self._flushing:
            self._absorb()
            while self._backlog:
                if not self._write(self._backlog.take()):
                    return

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._interval)
            self._wake.clear()
            self.flush()

    def _begin_tally(self, key: tuple[str, str, bytes | None], decision_id: str) -> None:
        """Count a first Allow of its kind, less exactly if there are too many kinds."""
        if len(self._allows) >= COUNTS:
            key = (key[0], MERGED, None)
            known = self._allows.get(key)
            if known is not None:
                known.count += 1
                known.last = decision_id
                return
            if len(self._allows) >= 2 * COUNTS:
                self._dropped += 1
                return
        self._allows[key] = _Tally(decision_id)

    def _absorb(self) -> None:
        """Move what was noted into the backlog, with its time."""
        with self._noting:
            allows, self._allows = self._allows, {}
            challenges, self._challenges = self._challenges, {}
            overlooked = self._overlooked.take()
            rows, self._rows = self._rows, []
            dropped, self._dropped = self._dropped, 0
        now = self._edge.now()
        minute = now.replace(second=0, microsecond=0)
        for (key_id, operation, packed), tally in allows.items():
            address = _address(packed)
            last = tally.last or ""
            self._backlog.count(Count(key_id, operation, address, minute, tally.count, now, last))
        for (reason, packed), tally in challenges.items():
            self._backlog.challenge(
                ChallengeCount(
                    reason, _address(packed), minute, tally.count, now, _claimed(tally.last)
                )
            )
        for kind, seen in overlooked.items():
            name = _claimed(seen.username)
            self._backlog.overlook(
                Observation(kind, minute, seen.count, now, seen.decision_id, name)
            )
        self._backlog.add(_completed(*row) for row in rows)
        self._backlog.drop(dropped)

    def _write(self, batch: Batch) -> bool:
        """Write one batch and tell whether to go on with the next."""
        try:
            self._records.write(batch)
        except RecordsUnavailable as error:
            self._backlog.put_back(batch)
            if not self._failing:
                _log.warning("access records cannot be written and wait in memory: %s", error)
            self._failing = True
            return False
        except RecordsRejected as error:
            self._backlog.drop(batch.size + batch.dropped)
            _log.error("%d access records were rejected: %s", batch.size, error)
            return False
        if self._failing:
            _log.warning("access records are written again")
        self._failing = False
        return True


def _completed(
    record: AccessRecord, whitelist: Whitelist | None, way: Sequence[Hop]
) -> AccessRecord:
    """Name the hops, and the entries that let a whitelisted Allow in; hide keys put into a URL."""
    entry_ids = record.entry_ids
    if whitelist is not None and record.address is not None:
        entry_ids = whitelist.covering(record.address)
    target = token.redact_within(record.target)
    return replace(record, target=target, entry_ids=entry_ids, hops=hops.write(way))


def _claimed(name: str | None) -> str | None:
    """Hide keys: people mistake fields, and a key must stand nowhere but with them.

    Only then is it cut: half a key would not be known for one.
    """
    return None if name is None else token.redact_within(name)[:NAME_LIMIT]


def _address(packed: bytes | None) -> Address | None:
    return None if packed is None else Address(packed)
