"""Roles as bodies give them: each with its group, or without one if it is global."""

from collections.abc import Iterable

from msgspec import UNSET, UnsetType

from keyreeve.api.attributes import Attributes
from keyreeve.api.refusals import RoleNeedsGroup, RoleNeedsNoGroup
from keyreeve.services.roles import HeldRole


class GivenRole(Attributes, frozen=True):
    """A role, and the group it is given in; a global role has none."""

    role_name: str
    group_id: str | UnsetType = UNSET


def held(given: Iterable[GivenRole]) -> list[HeldRole]:
    """Return the roles that a body gives; whether they exist is for the service to say.

    Raises:
        RoleNeedsGroup, RoleNeedsNoGroup: a role is given at the wrong level.
    """
    found = []
    for one in given:
        group_id = one.group_id or ""
        if one.role_name.startswith("GROUP_") and not group_id:
            raise RoleNeedsGroup(one.role_name)
        if one.role_name.startswith("GLOBAL_") and group_id:
            raise RoleNeedsNoGroup(one.role_name)
        found.append(HeldRole(group_id, one.role_name))
    return found
