"""What the judge remembers of the database: subjects, groups and users, as of one epoch."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from sys import getsizeof
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from keyreeve.domain.catalogue import Catalogue
from keyreeve.domain.decision import NamedUser
from keyreeve.domain.subject import GroupState
from keyreeve.domain.user import USERNAME_LIMIT
from keyreeve.storage.subjects import Change, StoredSubject

BYTES = 128 * 1024 * 1024
UNKNOWN = 10_000
"""Names and bearer keys remembered as nobody's."""
NAMED = 50_000
"""Groups, and as many users, remembered by what paths call them."""
LONGEST = 255
"""Characters of what is remembered as nobody's name: anybody with a key may make them up."""

Credential: TypeAlias = str | bytes
"""The name of a digest, or the keyed digest of a bearer key."""
By: TypeAlias = Literal["id", "name"]

_K = TypeVar("_K")
_V = TypeVar("_V")


class Missed(Exception):
    """This is not remembered; the database has to be asked."""


class Edition(NamedTuple):
    """The catalogue of the guarded API, and how often it was replaced before."""

    revision: int
    catalogue: Catalogue


class Subjects:
    """A memory of subjects, bounded by bytes, that equals the database at epoch `applied`.

    Anyone may read at any time. Only one at a time may change it, and always so that a reader who
    finds `applied` unchanged after reading has read the state of that epoch: what is outdated is
    dropped before `applied` moves on, and nothing newer is put in before.
    """

    def __init__(self, *, limit: int = BYTES) -> None:
        self.applied = -1
        self._limit = limit
        self._size = 0
        self._known: OrderedDict[Credential, _Known] = OrderedDict()
        self._unknown: dict[Credential, None] = {}
        self._of_user: dict[str, set[Credential]] = {}
        self._of_group: dict[str, set[Credential]] = {}
        self._groups: dict[tuple[By, str], GroupState | None] = {}
        self._users: dict[tuple[By, str], NamedUser | None] = {}
        self._edition: Edition | None = None

    def edition(self) -> Edition:
        """Return the catalogue of the guarded API."""
        known = self._edition
        if known is None:
            raise Missed
        return known

    def catalogue(self) -> Catalogue:
        """Return the catalogue of the guarded API."""
        return self.edition().catalogue

    def subject(self, credential: Credential) -> StoredSubject | None:
        """Return whom a name or a bearer key belongs to, or None for nobody.

        Raises:
            Missed: not remembered; the other look-ups likewise.
        """
        known = self._known.get(credential)
        if known is not None:
            known.used = True
            return known.stored
        if credential in self._unknown or len(credential) > USERNAME_LIMIT:
            return None
        raise Missed

    def group(self, by: By, value: str) -> GroupState | None:
        """Return the group that a path calls so."""
        try:
            return self._groups[by, value]
        except KeyError:
            raise Missed from None

    def user(self, by: By, value: str) -> NamedUser | None:
        """Return the user that a path calls so."""
        try:
            return self._users[by, value]
        except KeyError:
            raise Missed from None

    def keep_subject(self, credential: Credential, stored: StoredSubject | None) -> None:
        """Remember whom a name or a bearer key belongs to."""
        if credential in self._known:
            return
        if stored is None:
            _bounded(self._unknown, UNKNOWN)[credential] = None
            return
        known = _Known(stored, _weigh(stored))
        # Last of all into the memory itself: if anything breaks, nothing is remembered that no
        # change would find.
        self._of_user.setdefault(stored.subject.user_id, set()).add(credential)
        for group_id in stored.subject.memberships:
            self._of_group.setdefault(group_id, set()).add(credential)
        self._size += known.size
        self._known[credential] = known
        self._make_room()

    def keep_group(self, by: By, value: str, group: GroupState | None) -> None:
        """Remember which group a path calls so."""
        if group is None and len(value) > LONGEST:
            return
        _bounded(self._groups, NAMED)[by, value] = group

    def keep_user(self, by: By, value: str, user: NamedUser | None) -> None:
        """Remember which user a path calls so."""
        if user is None and len(value) > LONGEST:
            return
        _bounded(self._users, NAMED)[by, value] = user

    def keep_edition(self, edition: Edition) -> None:
        """Remember the catalogue of the guarded API."""
        self._edition = edition

    def move_on(self, changes: Iterable[Change] | None, epoch: int, *, revision: int = 0) -> None:
        """Forget what these changes made untrue, or everything if they are not known any more.

        `revision` is that of the catalogue at this epoch.
        """
        if self._edition is not None and self._edition.revision != revision:
            self._edition = None
        try:
            for kind, id_ in {(change.kind, change.id) for change in changes or ()}:
                self._forget(kind, id_)
        except BaseException:
            # What is forgotten by half would never be forgotten wholly.
            self._forget_all()
            raise
        if changes is None:
            self._forget_all()
        self.applied = epoch

    def _forget(self, kind: str, id_: str) -> None:
        """Drop what may tell of one user or group. Any change may give or take a name."""
        holders = self._of_user if kind == "user" else self._of_group
        for credential in tuple(holders.get(id_, ())):
            self._drop(credential)
        self._unknown.clear()
        self._users.clear()
        if kind != "user":
            self._groups.clear()

    def _forget_all(self) -> None:
        for memory in (self._known, self._unknown, self._groups, self._users):
            memory.clear()
        self._of_user.clear()
        self._of_group.clear()
        self._size = 0

    def _make_room(self) -> None:
        """Drop subjects until the rest fits: those not used since they were last looked at."""
        while self._size > self._limit:
            credential = next(iter(self._known))
            known = self._known[credential]
            if known.used:
                known.used = False
                self._known.move_to_end(credential)
            else:
                self._drop(credential)

    def _drop(self, credential: Credential) -> None:
        known = self._known.pop(credential, None)
        if known is None:
            return
        self._size -= known.size
        subject = known.stored.subject
        _remove(self._of_user, subject.user_id, credential)
        for group_id in subject.memberships:
            _remove(self._of_group, group_id, credential)


class _Known:
    """A subject, how many bytes he takes, and whether he was asked for since last looked at."""

    __slots__ = ("size", "stored", "used")

    def __init__(self, stored: StoredSubject, size: int) -> None:
        self.stored = stored
        self.size = size
        self.used = False


def _bounded(memory: dict[_K, _V], limit: int) -> dict[_K, _V]:
    """Return a memory with room for one more; a full one begins anew."""
    if len(memory) >= limit:
        memory.clear()
    return memory


def _remove(holders: dict[str, set[Credential]], id_: str, credential: Credential) -> None:
    held = holders[id_]
    held.discard(credential)
    if not held:
        del holders[id_]


def _weigh(value: object) -> int:
    """Estimate the bytes that a value holds on to; what others hold as well is counted too."""
    size = getsizeof(value)
    if isinstance(value, Mapping):
        return size + sum(_weigh(key) + _weigh(held) for key, held in value.items())
    if isinstance(value, tuple | list | frozenset):
        return size + sum(map(_weigh, value))
    slots = getattr(type(value), "__slots__", ())
    return size + sum(_weigh(getattr(value, name)) for name in slots)
