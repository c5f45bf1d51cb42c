"""Ready-made values for tests."""

from collections.abc import Iterable, Mapping

from keyreeve.domain.operation import ANY_ROLE, Named, Operation
from keyreeve.domain.role import Roles
from keyreeve.domain.role import everywhere as twins
from keyreeve.domain.subject import GroupState, Membership, Subject
from keyreeve.domain.whitelist import Whitelist
from keyreeve.protocol.address import parse_network

USER_ID = "5a" * 12
GROUP_ID = "6b" * 12


def whitelist(*networks: str) -> Whitelist:
    """Return a whitelist of these spellings; each entry's id is its spelling."""
    return Whitelist({parse_network(text): text for text in networks})


def subject(
    groups: Mapping[str, Iterable[str]] | None = None,
    *,
    closed: Iterable[str] = (),
    global_roles: Iterable[str] = (),
    networks: Iterable[str] = (),
) -> Subject:
    """Return Ada, with her roles by group; the API of `closed` groups is off."""
    everywhere: Roles = twins(frozenset(global_roles))
    memberships = {
        name: Membership(GroupState(name, name not in set(closed)), frozenset(roles) | everywhere)
        for name, roles in (groups or {}).items()
    }
    return Subject(USER_ID, "ada@example.org", memberships, everywhere, whitelist(*networks))


def operation(
    method: str = "GET",
    template: str = "/groups/{groupId}",
    *,
    roles: Iterable[str] = ANY_ROLE,
    whitelisted: bool = False,
    slash_in: Iterable[str] = (),
) -> Operation:
    """Return an operation; `{groupId}` in its template names its group, `{userId}` its user."""
    return Operation(
        f"{method} {template}",
        method,
        template,
        roles=frozenset(roles),
        whitelisted=whitelisted,
        group=Named("groupId") if "{groupId}" in template else None,
        user=Named("userId") if "{userId}" in template else None,
        slash_in=frozenset(slash_in),
    )
