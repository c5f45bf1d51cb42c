"""Roles: what a user may do in one group, or in every group."""

from collections.abc import Iterable
from typing import TypeAlias

GROUP_OWNER = "GROUP_OWNER"
GROUP_USER_ADMIN = "GROUP_USER_ADMIN"
GROUP_READ_ONLY = "GROUP_READ_ONLY"
GLOBAL_OWNER = "GLOBAL_OWNER"
GLOBAL_USER_ADMIN = "GLOBAL_USER_ADMIN"
GLOBAL_READ_ONLY = "GLOBAL_READ_ONLY"

GROUP_ROLES = frozenset({GROUP_OWNER, GROUP_USER_ADMIN, GROUP_READ_ONLY})
GLOBAL_ROLES = frozenset({GLOBAL_OWNER, GLOBAL_USER_ADMIN, GLOBAL_READ_ONLY})

Roles: TypeAlias = frozenset[str]
"""The roles a user holds in one group; global roles are folded in as their group twins."""


def everywhere(global_roles: Roles) -> Roles:
    """Return the group roles that these global roles amount to, in every group."""
    known = global_roles & GLOBAL_ROLES
    return frozenset(f"GROUP_{role.removeprefix('GLOBAL_')}" for role in known)


def may_grant(held: Roles, role: str) -> bool:
    """Tell whether one who holds these roles in a group may grant or revoke `role` there.

    An Owner may grant every role of a group, and no global one. A user administrator may grant
    what he holds himself and what only reads; nobody grants a role above his own.
    """
    if not role.startswith("GROUP_"):
        return False
    if GROUP_OWNER in held:
        return True
    return GROUP_USER_ADMIN in held and (role == GROUP_READ_ONLY or role in held)


def rank(role: str) -> int:
    """Return how far a role reaches: an Owner's above an administrator's above all others."""
    return _RANKS.get(role.partition("_")[2], 0)


def least_first(roles: Iterable[str]) -> list[str]:
    """Sort roles so that who takes them all from himself still may when he comes to the last."""
    return sorted(roles, key=lambda role: (rank(role), role))


_RANKS = {"USER_ADMIN": 1, "OWNER": 2}
