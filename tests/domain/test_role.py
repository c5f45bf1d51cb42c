"""Roles: what global ones amount to, and who may grant what."""

import pytest

from keyreeve.domain import role
from keyreeve.domain.role import GROUP_OWNER, GROUP_READ_ONLY, GROUP_USER_ADMIN

DEPLOYER = "GROUP_DEPLOYER"
ROLES = (GROUP_OWNER, GROUP_USER_ADMIN, GROUP_READ_ONLY, DEPLOYER)


@pytest.mark.parametrize(
    ("held", "twins"),
    [
        ([], []),
        (["GLOBAL_OWNER"], ["GROUP_OWNER"]),
        (["GLOBAL_USER_ADMIN"], ["GROUP_USER_ADMIN"]),
        (["GLOBAL_READ_ONLY"], ["GROUP_READ_ONLY"]),
        (["GLOBAL_READ_ONLY", "GLOBAL_OWNER"], ["GROUP_READ_ONLY", "GROUP_OWNER"]),
        (["OWNER", "GROUP_OWNER", "GLOBAL_GOD", ""], []),
    ],
)
def test_a_global_role_is_its_twin_in_every_group(held: list[str], twins: list[str]) -> None:
    assert role.everywhere(frozenset(held)) == frozenset(twins)


@pytest.mark.parametrize(
    ("held", "grantable"),
    [
        ([], []),
        ([GROUP_READ_ONLY], []),
        ([DEPLOYER], []),
        ([GROUP_USER_ADMIN], [GROUP_USER_ADMIN, GROUP_READ_ONLY]),
        ([GROUP_USER_ADMIN, DEPLOYER], [GROUP_USER_ADMIN, GROUP_READ_ONLY, DEPLOYER]),
        ([GROUP_OWNER], ROLES),
        ([GROUP_OWNER, GROUP_READ_ONLY], ROLES),
    ],
)
def test_nobody_grants_a_role_above_his_own(held: list[str], grantable: list[str]) -> None:
    assert [r for r in ROLES if role.may_grant(frozenset(held), r)] == [
        r for r in ROLES if r in grantable
    ]


@pytest.mark.parametrize("wanted", sorted(role.GLOBAL_ROLES))
def test_an_owner_of_a_group_grants_no_global_role(wanted: str) -> None:
    assert not role.may_grant(frozenset({GROUP_OWNER}), wanted)


def test_who_takes_all_roles_from_himself_may_take_each() -> None:
    for held in ([*ROLES], [GROUP_USER_ADMIN, GROUP_READ_ONLY, DEPLOYER]):
        left = set(held)
        for one in role.least_first(held):
            assert role.may_grant(frozenset(left), one)
            left.remove(one)
    assert (
        role.rank("GLOBAL_OWNER") > role.rank("GLOBAL_USER_ADMIN") > role.rank("GLOBAL_READ_ONLY")
    )
