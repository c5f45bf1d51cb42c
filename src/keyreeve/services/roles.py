"""Roles: who grants what to whom, and that an Owner always stays."""

from dataclasses import dataclass

from keyreeve.domain import role as role_rules
from keyreeve.domain.audit import Actor
from keyreeve.domain.errors import InvalidRole, LastOwner, RoleNotGrantable
from keyreeve.domain.group import Group
from keyreeve.domain.role import (
    GLOBAL_OWNER,
    GLOBAL_ROLES,
    GLOBAL_USER_ADMIN,
    GROUP_OWNER,
    Roles,
)
from keyreeve.domain.subject import NO_ROLES, Subject
from keyreeve.domain.user import User
from keyreeve.services import catalogue
from keyreeve.storage.transaction import Snapshot, Transaction


@dataclass(frozen=True, slots=True, order=True)
class HeldRole:
    """A role that a user was given: in one group, or in all (`group_id` is empty)."""

    group_id: str
    role: str


def grant(t: Transaction, actor: Actor, user: User, group: Group | None, role: str) -> None:
    """Give a user a role in a group, and with it a place there; without a group, a global role.

    Raises:
        InvalidRole: no such role exists at this level.
        RoleNotGrantable: it is above the actor's own, or he administers nobody there.
    """
    check_may_grant(t, actor, group, role)
    if role in _held(t, user.id, group):
        return
    if group is None:
        t.users.add_global_role(user.id, role)
    else:
        t.groups.grant(user.id, group.id, role)
    _tell(t, "role.grant", actor, user, held=HeldRole(group.id if group else "", role))


def revoke(t: Transaction, actor: Actor, user: User, group: Group | None, role: str) -> None:
    """Take a role from a user; with his last role in a group he leaves it.

    Raises:
        InvalidRole: no such role exists at this level.
        RoleNotGrantable: it is above the actor's own, or he administers nobody there.
        LastOwner: nobody would be left as Owner.
    """
    held = _held(t, user.id, group)
    check_may_grant(t, actor, group, role, held=held)
    if role not in held:
        return
    if group is None:
        if role == GLOBAL_OWNER and not set(t.users.global_owners()) - {user.id}:
            raise LastOwner(user.username, "the installation")
        t.users.remove_global_role(user.id, role)
    else:
        if role == GROUP_OWNER:
            check_owner_remains(t, user, group)
        t.groups.revoke(user.id, group.id, role)
    _tell(t, "role.revoke", actor, user, held=HeldRole(group.id if group else "", role))


def held(s: Snapshot, user: User, *, seen_by: Subject | None = None) -> tuple[HeldRole, ...]:
    """Return the roles of a user. One who shares only some of his groups sees only those."""
    everywhere = [HeldRole("", role) for role in user.global_roles]
    in_groups = [
        HeldRole(group_id, role)
        for group_id, roles in s.groups.all_roles(user.id).items()
        for role in roles
        if seen_by is None or _may_see(seen_by, user, group_id)
    ]
    return tuple(sorted(everywhere + in_groups))


def check_may_grant(
    t: Transaction,
    actor: Actor,
    group: Group | None,
    role: str,
    *,
    held: Roles = NO_ROLES,
) -> None:
    """Accept a role that exists at this level and that the actor may grant or revoke there.

    The command line may grant all: whoever runs it owns the database. What is `held` exists, even
    if no catalogue names it any more.

    Raises:
        InvalidRole: no such role exists at this level.
        RoleNotGrantable: it is above the actor's own, or he administers nobody there.
    """
    if role not in (GLOBAL_ROLES if group is None else catalogue.group_roles(t) | held):
        raise InvalidRole(role)
    if not may_grant(t, actor, group, role):
        raise RoleNotGrantable(role)


def may_grant(s: Snapshot, actor: Actor, group: Group | None, role: str) -> bool:
    """Tell whether the actor may grant or revoke this role in a group, or in all (None)."""
    if actor.user_id is None:
        return True
    own = role_rules.everywhere(s.users.global_roles(actor.user_id))
    if group is not None:
        return role_rules.may_grant(own | s.groups.roles(actor.user_id, group.id), role)
    twins = role_rules.everywhere(frozenset({role}))
    return any(role_rules.may_grant(own, twin) for twin in twins)


def administers_all(s: Snapshot, actor: Actor) -> bool:
    """Tell whether the actor is Owner or user administrator of the whole installation."""
    if actor.user_id is None:
        return True
    return not s.users.global_roles(actor.user_id).isdisjoint({GLOBAL_OWNER, GLOBAL_USER_ADMIN})


def check_owner_remains(t: Transaction, user: User, group: Group) -> None:
    """Accept that a user stops being an Owner of a group.

    Raises:
        LastOwner: no other enabled user was made Owner there. Global Owners do not count: a
            group is to have an Owner of its own.
    """
    if not set(t.groups.owners(group.id)) - {user.id}:
        raise LastOwner(user.username, group.name)


def _may_see(subject: Subject, user: User, group_id: str) -> bool:
    return subject.user_id == user.id or bool(subject.everywhere) or group_id in subject.memberships


def _held(t: Transaction, user_id: str, group: Group | None) -> Roles:
    if group is None:
        return t.users.global_roles(user_id)
    return t.groups.roles(user_id, group.id)


def _tell(t: Transaction, action: str, by: Actor, of: User, *, held: HeldRole) -> None:
    t.changed("user", of.id)
    told = {"role": held.role, "username": of.username}
    t.record(by, action, of.id, group_id=held.group_id or None, user_id=of.id, details=told)
