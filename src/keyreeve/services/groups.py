"""Groups: what is shared, who is in it, and whether its public API is open."""

import re
from dataclasses import replace

from keyreeve.domain import user as user_rules
from keyreeve.domain.audit import Actor
from keyreeve.domain.errors import (
    GroupCreationReserved,
    GroupNotFound,
    InvalidName,
    UserDisabled,
)
from keyreeve.domain.group import Group, Member
from keyreeve.domain.role import GROUP_OWNER
from keyreeve.domain.subject import Subject
from keyreeve.domain.user import User
from keyreeve.storage.transaction import Snapshot, Transaction

EXTERNAL_ID_LIMIT = 255

_ID = re.compile(r"[0-9a-fA-F]{24}")


def create(  # noqa: PLR0913 - each is a column
    t: Transaction,
    actor: Actor,
    *,
    name: str,
    owner: User | None,
    public_api_enabled: bool = False,
    external_id: str | None = None,
) -> Group:
    """Make a group, with its first Owner.

    Raises:
        InvalidName: its name or external id is empty, too long, holds controls or looks like an id.
        GroupAlreadyExists: its name or external id is taken.
        UserDisabled: the Owner is disabled.
    """
    if owner is not None and not owner.enabled:
        raise UserDisabled(owner.username)
    group = Group(
        id=t.edge.new_id(),
        name=_checked_name(name),
        created=t.edge.now(),
        public_api_enabled=public_api_enabled,
        external_id=_checked_external_id(external_id),
    )
    t.groups.add(group)
    t.changed("group", group.id)
    owner_id = None
    if owner is not None:
        owner_id = owner.id
        t.groups.grant(owner.id, group.id, GROUP_OWNER)
        t.changed("user", owner.id)
    told = {
        "name": group.name,
        "owner": owner.username if owner is not None else None,
        "publicApiEnabled": public_api_enabled,
    }
    t.record(actor, "group.create", group.id, group_id=group.id, user_id=owner_id, details=told)
    return group


def check_may_create(subject: Subject, *, anyone: bool) -> None:
    """Accept that a subject makes a group, where anyone may or he is a Global Owner.

    Raises:
        GroupCreationReserved: he is none, and not anyone may.
    """
    if not anyone and GROUP_OWNER not in subject.everywhere:
        raise GroupCreationReserved


def find(s: Snapshot, name_or_id: str) -> Group:
    """Return the group of this id, external id or name.

    Raises:
        GroupNotFound: there is none.
    """
    group = s.groups.get(name_or_id) or s.groups.by_name(name_or_id)
    if group is None:
        raise GroupNotFound(name_or_id)
    return group


def rename(t: Transaction, actor: Actor, group: Group, name: str) -> Group:
    """Give a group another name.

    Raises:
        InvalidName: it is empty, too long, holds controls or looks like an id.
        GroupAlreadyExists: it is taken.
    """
    current, chosen = find(t, group.id), _checked_name(name)
    if current.name == chosen:
        return current
    t.groups.rename(group.id, chosen)
    t.changed("group", group.id)
    told = {"from": current.name, "to": chosen}
    t.record(actor, "group.rename", group.id, group_id=group.id, details=told)
    return replace(current, name=chosen)


def set_public_api(t: Transaction, actor: Actor, group: Group, *, enabled: bool) -> Group:
    """Open or close the public API of a group, from the next request on."""
    current = find(t, group.id)
    if current.public_api_enabled == enabled:
        return current
    t.groups.set_public_api(group.id, enabled=enabled)
    t.changed("group", group.id)
    told = {"enabled": enabled}
    t.record(actor, "group.set_public_api", group.id, group_id=group.id, details=told)
    return replace(current, public_api_enabled=enabled)


def set_mode(t: Transaction, actor: Actor, group: Group, *, observed: bool) -> Group:
    """Observe a group, or enforce there again, from the next request on."""
    current = find(t, group.id)
    if current.observed == observed:
        return current
    t.groups.set_observed(group.id, observed=observed)
    t.changed("group", group.id)
    told = {"mode": "observe" if observed else "enforce"}
    t.record(actor, "group.set_mode", group.id, group_id=group.id, details=told)
    return replace(current, observed=observed)


def remove(t: Transaction, actor: Actor, group: Group) -> None:
    """Remove a group for good: nobody is in it any more, and its names are free again."""
    current = find(t, group.id)
    t.groups.remove(group.id)
    t.changed("group", group.id)
    told = {"name": current.name, "externalId": current.external_id}
    t.record(actor, "group.delete", group.id, group_id=group.id, details=told)


def visible(
    s: Snapshot, subject: Subject, *, offset: int, limit: int
) -> tuple[tuple[Group, ...], int]:
    """Return some of the groups a subject may see, and how many those are.

    They are his own, or all of them for one with a global role.
    """
    member = None if subject.everywhere else subject.user_id
    return s.groups.page(member=member, offset=offset, limit=limit)


def members(
    s: Snapshot, group: Group, *, offset: int, limit: int
) -> tuple[tuple[Member, ...], int]:
    """Return some of the members of a group, and how many there are."""
    return s.groups.member_page(group.id, offset=offset, limit=limit)


def _checked_name(text: str) -> str:
    """Accept a name that nobody can take for an id."""
    name = user_rules.check_name("name", text)
    if _ID.fullmatch(name):
        raise InvalidName("name", "24 hex digits are an id")
    return name


def _checked_external_id(text: str | None) -> str | None:
    if text is None:
        return None
    return user_rules.check_name("externalId", text, longest=EXTERNAL_ID_LIMIT)
