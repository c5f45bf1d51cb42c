"""Operations: which roles they permit, and whether they change anything."""

import pytest

import made
from keyreeve.domain.operation import ANY_ROLE
from keyreeve.domain.role import GROUP_OWNER, GROUP_ROLES


@pytest.mark.parametrize(
    ("roles", "held", "permitted"),
    [
        (ANY_ROLE, [], False),
        (ANY_ROLE, ["GROUP_READ_ONLY"], True),
        (ANY_ROLE, ["GROUP_DEPLOYER"], True),
        ({"GROUP_OWNER"}, ["GROUP_OWNER"], True),
        ({"GROUP_OWNER"}, ["GROUP_USER_ADMIN"], False),
        ({"GROUP_OWNER"}, [], False),
        ({"GROUP_OWNER", "GROUP_USER_ADMIN"}, ["GROUP_READ_ONLY", "GROUP_USER_ADMIN"], True),
        (set(), ["GROUP_OWNER"], False),
    ],
)
def test_an_operation_permits_its_roles(roles: set[str], held: list[str], permitted: bool) -> None:
    assert made.operation(roles=roles).permits(frozenset(held)) == permitted


@pytest.mark.parametrize(
    ("method", "reads"),
    [("GET", True), ("HEAD", True), ("POST", False), ("PATCH", False), ("DELETE", False)],
)
def test_an_operation_reads_by_its_method(method: str, reads: bool) -> None:
    assert made.operation(method).reads == reads


def test_a_whitelisted_operation_admits_owners_whatever_else_it_says() -> None:
    assert made.operation("GET").admitted == GROUP_ROLES
    assert made.operation("GET", roles=["GROUP_DEPLOYER"]).admitted == {"GROUP_DEPLOYER"}
    assert made.operation("POST", whitelisted=True).admitted == {GROUP_OWNER}
