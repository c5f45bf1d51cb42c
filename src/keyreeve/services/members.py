"""Members: who is in a group, and as what; changed as a whole rather than role by role."""

from collections.abc import Collection, Iterable

from keyreeve.domain import role as role_rules
from keyreeve.domain.audit import Actor
from keyreeve.domain.errors import GroupNotFound, UserNotInGroup
from keyreeve.domain.group import Group
from keyreeve.domain.role import Roles
from keyreeve.domain.subject import Subject
from keyreeve.domain.user import User
from keyreeve.services import groups, roles
from keyreeve.services.roles import HeldRole
from keyreeve.storage.transaction import Transaction


def assign(
    t: Transaction, actor: Actor, group: Group, wanted: Collection[tuple[User, Roles]]
) -> None:
    """Give each of these users exactly these roles in a group, and with them a place there.

    What is granted is granted before anything is taken, so that Owners can change places.

    Raises:
        InvalidRole, RoleNotGrantable, LastOwner: see `roles`; nothing is changed then.
    """
    for user, chosen in wanted:
        for role in sorted(chosen):
            roles.grant(t, actor, user, group, role)
    for user, chosen in wanted:
        for role in role_rules.least_first(t.groups.roles(user.id, group.id) - chosen):
            roles.revoke(t, actor, user, group, role)


def remove(t: Transaction, actor: Actor, group: Group, user_id: str) -> None:
    """Take a user out of a group, with every role he has there.

    Raises:
        UserNotInGroup: he is not in it; so is the answer for a user that does not exist.
        RoleNotGrantable, LastOwner: see `roles`; nothing is changed then.
    """
    user = t.users.get(user_id)
    held = frozenset() if user is None else t.groups.roles(user.id, group.id)
    if user is None or not held:
        raise UserNotInGroup(user_id, group.id)
    for role in role_rules.least_first(held):
        roles.revoke(t, actor, user, group, role)


def replace(
    t: Transaction, actor: Actor, user: User, wanted: Iterable[HeldRole], *, seen_by: Subject
) -> None:
    """Replace the roles of a user wherever the actor may; what he may not take stays.

    Raises:
        GroupNotFound: a group is named that the actor does not see.
        InvalidRole, RoleNotGrantable, LastOwner: see `roles`; nothing is changed then.
    """
    places = [(_group(t, one, seen_by), one.role) for one in wanted]
    chosen = {HeldRole(group.id if group else "", role) for group, role in places}
    held = frozenset(roles.held(t, user))
    for group, role in places:
        if HeldRole(group.id if group else "", role) not in held:
            roles.grant(t, actor, user, group, role)
    for one in sorted(held - chosen, key=_last_word_last):
        group = groups.find(t, one.group_id) if one.group_id else None
        if roles.may_grant(t, actor, group, one.role):
            roles.revoke(t, actor, user, group, one.role)


def _last_word_last(held: HeldRole) -> tuple[bool, int]:
    """Sort what is taken so that one who takes it from himself still may, to the last of it."""
    return not held.group_id, role_rules.rank(held.role)


def _group(t: Transaction, wanted: HeldRole, seen_by: Subject) -> Group | None:
    """Return the group that a wanted role names, if the actor may know of it."""
    if not wanted.group_id:
        return None
    group = groups.find(t, wanted.group_id)
    if group.id not in seen_by.memberships and not seen_by.everywhere:
        raise GroupNotFound(wanted.group_id)
    return group
