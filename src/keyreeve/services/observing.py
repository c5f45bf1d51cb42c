"""What doors observed: who would have been refused, told with the names of today."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from keyreeve.domain.decision import Reason
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.storage.observations import Kind, Observation
from keyreeve.storage.records import Records
from keyreeve.storage.transaction import Snapshot

UNAUTHORIZED = "UNAUTHORIZED"
"""Stands for the answer to a call without a valid key, which has no code."""


class Refused(NamedTuple):
    """Calls of one kind that would have been refused."""

    observation: Observation
    user: User | None
    """Whose key proved them; None if none did."""
    group: Group | None

    @property
    def kind(self) -> Kind:
        """What these calls have in common."""
        return self.observation.kind

    @property
    def code(self) -> str:
        """The code that their caller would have read."""
        if self.kind.rule == "1":
            return UNAUTHORIZED
        reason = Reason.__members__.get(self.kind.reason)
        return self.kind.reason if reason is None else reason.code

    @property
    def username(self) -> str | None:
        """The login of the key's owner, or the name that was claimed."""
        return self.observation.username if self.user is None else self.user.username


def refused(
    s: Snapshot, records: Records, *, since: datetime, group: Group | None = None
) -> tuple[Refused, ...]:
    """Return what would have been refused since then, the most frequent first.

    `group` narrows it to calls that named this group.
    """
    found = list(records.observations(since).values())
    if group is not None:
        found = [one for one in found if one.kind.group_id == group.id]
    users = {
        id_: s.users.get(id_) for id_ in {one.kind.user_id for one in found if one.kind.user_id}
    }
    named = {one.kind.group_id for one in found if one.kind.group_id}
    groups = {id_: s.groups.get(id_) for id_ in named}
    return _sorted(
        Refused(one, users.get(one.kind.user_id), groups.get(one.kind.group_id)) for one in found
    )


def observed_groups(s: Snapshot) -> tuple[Group, ...]:
    """Return the groups that are observed by themselves."""
    return tuple(group for group in s.groups.list() if group.observed)


def _sorted(found: Iterable[Refused]) -> tuple[Refused, ...]:
    def place(one: Refused) -> tuple[int, tuple[str, ...]]:
        return -one.observation.count, tuple(map(str, one.kind))

    return tuple(sorted(found, key=place))
