import pytest

from keyreeve.api import given_roles
from keyreeve.api.given_roles import GivenRole
from keyreeve.api.refusals import RoleNeedsGroup, RoleNeedsNoGroup
from keyreeve.services.roles import HeldRole


def test_roles_are_read_with_their_groups() -> None:
    given = [GivenRole("GROUP_OWNER", "g"), GivenRole("GLOBAL_OWNER"), GivenRole("KING")]
    assert given_roles.held(given) == [
        HeldRole("g", "GROUP_OWNER"),
        HeldRole("", "GLOBAL_OWNER"),
        HeldRole("", "KING"),
    ]


def test_a_role_stands_at_its_own_level() -> None:
    with pytest.raises(RoleNeedsGroup):
        given_roles.held([GivenRole("GROUP_OWNER")])
    with pytest.raises(RoleNeedsNoGroup):
        given_roles.held([GivenRole("GLOBAL_OWNER", "g")])
