"""Explanations of calls that a user might make, of our own public API or of the guarded one."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from keyreeve.domain import explanation
from keyreeve.domain.catalogue import Catalogue
from keyreeve.domain.decision import NamedUser, Proof
from keyreeve.domain.explanation import Described, Explanation
from keyreeve.domain.naming import By
from keyreeve.domain.subject import GroupState
from keyreeve.domain.user import User
from keyreeve.storage.subjects import StoredSubject
from keyreeve.storage.transaction import Snapshot

Which: TypeAlias = Literal["own", "guarded"]
"""Our own public API, or the one whose catalogue was imported."""


class OwnApi(NamedTuple):
    """Our own public API: its operations, where they answer, and the status of each code."""

    catalogue: Catalogue
    bases: tuple[str, ...]
    statuses: Mapping[str, int]

    def holds(self, call: Described) -> bool:
        """Tell whether a path lies below one of ours."""
        path = call.target.raw.partition("?")[0]
        return any(path == base or path.startswith(f"{base}/") for base in self.bases)


class Stored:
    """The groups and users of the installation, as of one snapshot."""

    def __init__(self, s: Snapshot) -> None:
        self._subjects = s.subjects

    def group(self, by: By, value: str) -> GroupState | None:
        """Return the group that a call names so."""
        look = self._subjects.group if by == "id" else self._subjects.group_by_name
        return look(value)

    def user(self, by: By, value: str) -> NamedUser | None:
        """Return the user that a path names so."""
        look = self._subjects.user if by == "id" else self._subjects.user_by_name
        return look(value)


def which(own: OwnApi, call: Described) -> Which:
    """Tell which API a call means, where nobody says: below our own paths it is our own."""
    return "own" if own.holds(call) else "guarded"


def catalogue(s: Snapshot, own: OwnApi, api: Which) -> Catalogue:
    """Return the operations of one of the two."""
    return own.catalogue if api == "own" else Catalogue(s.catalogue.operations())


def of(s: Snapshot, user: User, call: Described, operations: Catalogue) -> Explanation:
    """Say what would be decided of a call that this user signs with his best key.

    Raises:
        Indescribable: `%2F` stands in the path where the operation allows none.
    """
    stored = s.subjects.by_name(user.username)
    subject = None if stored is None else stored.subject
    return explanation.explain(subject, proof(s, stored), call, operations, Stored(s))


def proof(s: Snapshot, stored: StoredSubject | None) -> Proof:
    """Return what the best key of a user would prove."""
    if stored is None:
        return Proof.USER_UNKNOWN
    keys = s.api_keys.list(stored.subject.user_id)
    if not keys:
        return Proof.KEY_UNKNOWN
    if not stored.enabled:
        return Proof.USER_DISABLED
    return Proof.HOLDS if any(key.enabled for key in keys) else Proof.KEY_DISABLED
