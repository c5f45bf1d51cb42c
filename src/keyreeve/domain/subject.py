"""Subjects: a user as the decision sees him."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from keyreeve.domain.role import Roles
from keyreeve.domain.whitelist import Whitelist

NO_ROLES: Roles = frozenset()


@dataclass(frozen=True, slots=True)
class GroupState:
    """A group as the decision sees it."""

    id: str
    public_api_enabled: bool
    observed: bool = False
    """Whether doors only note what they would refuse there."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A user's place in one group. `roles` holds what his global roles amount to there, too."""

    group: GroupState
    roles: Roles


@dataclass(frozen=True, slots=True)
class Subject:
    """A live user: his groups, what he may do everywhere, and his own whitelist."""

    user_id: str
    username: str
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    """By group id."""
    everywhere: Roles = NO_ROLES
    """What his global roles amount to in every group; empty without one."""
    whitelist: Whitelist = field(default_factory=Whitelist)

    def roles_in(self, group_id: str) -> Roles:
        """Return what the user may be in this group, by membership or everywhere."""
        membership = self.memberships.get(group_id)
        return self.everywhere if membership is None else membership.roles
