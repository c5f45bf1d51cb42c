"""Freshness: a decision sees every change that was acknowledged before it started."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Lock
from typing import Any, Protocol, TypeVar

from keyreeve.domain.catalogue import Catalogue
from keyreeve.domain.decision import NamedUser
from keyreeve.domain.subject import GroupState
from keyreeve.judge.subjects import By, Credential, Edition, Missed, Subjects
from keyreeve.storage import subjects as stored_subjects
from keyreeve.storage.database import Database
from keyreeve.storage.subjects import StoredSubject
from keyreeve.storage.transaction import Snapshot

HEAL_AFTER = 1_000
"""Milliseconds for which the counter may run ahead of the database before that is mended."""

_T = TypeVar("_T")


class View(Protocol):
    """What one decision sees: the state of one epoch."""

    @property
    def applied(self) -> int:
        """Return the epoch. If it differs afterwards, what was read is of no single epoch."""

    def catalogue(self) -> Catalogue:
        """Return the catalogue of the guarded API."""

    def subject(self, credential: Credential) -> StoredSubject | None:
        """Return whom a name or a bearer key belongs to, or None for nobody."""

    def group(self, by: By, value: str) -> GroupState | None:
        """Return the group that a path calls so."""

    def user(self, by: By, value: str) -> NamedUser | None:
        """Return the user that a path calls so."""


class Freshness:
    """Keeps a memory in step with the database, by the counter that every change moves."""

    def __init__(self, database: Database, subjects: Subjects) -> None:
        self._database = database
        self._subjects = subjects
        self._ticks = database.edge.ticks
        self._lock = Lock()
        self._ahead: tuple[int, int] | None = None

    @contextmanager
    def snapshot(self, start: int) -> Iterator[View]:
        """Look at the database as it is now, for a decision that read the counter at `start`.

        The memory is first brought up to the epoch of this look; then what it knows of that same
        epoch need not be read again.
        """
        with self._database.snapshot() as snapshot:
            self._catch_up(snapshot)
            yield _Looking(snapshot, self._subjects, self._lock, start=start)
        self._heal(start, snapshot.epoch)

    def _catch_up(self, snapshot: Snapshot) -> None:
        """Bring the memory up to the epoch of a snapshot, unless it is there or further."""
        epoch, applied = snapshot.epoch, self._subjects.applied
        if epoch <= applied:
            return
        changes = snapshot.subjects.changes_since(applied) if applied >= 0 else None
        revision = snapshot.catalogue.revision()
        with self._lock:
            # Another thread may have got here first, even beyond us. If it got less far, the
            # changes it applied are among ours, and to forget twice harms nobody.
            if epoch > self._subjects.applied:
                self._subjects.move_on(changes, epoch, revision=revision)

    def _heal(self, counter: int, epoch: int) -> None:
        """Commit an empty change if a writer died between counting and committing.

        The counter is then ahead for good, and every decision would have to look.
        """
        with self._lock:
            if epoch >= counter:
                self._ahead = None
                return
            now = self._ticks()
            if self._ahead is None or self._ahead[0] != counter:
                self._ahead = (counter, now)
            if now - self._ahead[1] < HEAL_AFTER:
                return
            self._ahead = None
        self._database.heal()


class _Looking:
    """The view of one decision through one snapshot, helped by the memory where that agrees."""

    def __init__(self, snapshot: Snapshot, subjects: Subjects, lock: Lock, *, start: int) -> None:
        self.applied = snapshot.epoch
        self._stored = snapshot.subjects
        self._catalogue = snapshot.catalogue
        self._subjects = subjects
        self._lock = lock
        self._start = start

    def catalogue(self) -> Catalogue:
        memory = self._subjects
        return self._recall(memory.edition, self._compiled, memory.keep_edition, ()).catalogue

    def subject(self, credential: Credential) -> StoredSubject | None:
        memory = self._subjects
        return self._recall(memory.subject, self._load, memory.keep_subject, (credential,))

    def group(self, by: By, value: str) -> GroupState | None:
        memory, stored = self._subjects, self._stored
        load = stored.group if by == "id" else stored.group_by_name
        return self._recall(memory.group, lambda _, v: load(v), memory.keep_group, (by, value))

    def user(self, by: By, value: str) -> NamedUser | None:
        memory, stored = self._subjects, self._stored
        load = stored.user if by == "id" else stored.user_by_name
        return self._recall(memory.user, lambda _, v: load(v), memory.keep_user, (by, value))

    def _recall(
        self,
        remember: Callable[..., _T],
        load: Callable[..., _T],
        keep: Callable[..., None],
        key: tuple[Any, ...],
    ) -> _T:
        """Return what is remembered of our epoch, or else load it and remember it if we may.

        It may be kept only if no change was under way when this decision started: our epoch is
        then the counter's. And only while the memory stands at our epoch, or a change that was
        applied meanwhile would be undone.
        """
        with suppress(Missed):
            found = remember(*key)
            if self._subjects.applied == self.applied:
                return found
        found = load(*key)
        with self._lock:
            if self._subjects.applied == self.applied == self._start:
                keep(*key, found)
        return found

    def _compiled(self) -> Edition:
        stored = self._catalogue
        return Edition(stored.revision(), Catalogue(stored.operations()))

    def _load(self, credential: Credential) -> StoredSubject | None:
        if isinstance(credential, str):
            return self._stored.by_name(credential)
        found = self._stored.by_bearer(credential)
        if found is None:
            return None
        stored, key_id, enabled = found
        key = stored_subjects.Credential(key_id, enabled, name="", algorithm="", ha1="")
        return replace(stored, credentials=(key,))
