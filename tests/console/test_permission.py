import pytest

import made
from keyreeve.console import permission
from keyreeve.domain.decision import Reason
from keyreeve.domain.subject import GroupState

GROUP = made.GROUP_ID
OPEN = GroupState(GROUP, public_api_enabled=True)
CLOSED = GroupState(GROUP, public_api_enabled=False)


@pytest.mark.parametrize("state", [OPEN, CLOSED])
def test_an_owner_moves_the_switch_whichever_way_it_stands(state: GroupState) -> None:
    owner = made.subject({GROUP: ["GROUP_OWNER"]}, closed=[GROUP])
    assert permission.refused(owner, permission.SET_PUBLIC_API, state) is None


@pytest.mark.parametrize("role", ["GROUP_READ_ONLY", "GROUP_USER_ADMIN"])
def test_other_members_see_the_switch_and_do_not_move_it(role: str) -> None:
    member = made.subject({GROUP: [role]})
    assert permission.refused(member, permission.SEE_GROUP, OPEN) is None
    assert permission.refused(member, permission.SET_PUBLIC_API, OPEN) is Reason.ROLE_MISSING


@pytest.mark.parametrize("state", [OPEN, None])
def test_a_group_one_is_not_in_is_the_same_as_none(state: GroupState | None) -> None:
    stranger = made.subject({"7c" * 12: ["GROUP_OWNER"]})
    for operation in (permission.SEE_GROUP, permission.SET_PUBLIC_API):
        assert permission.refused(stranger, operation, state) is Reason.GROUP_NOT_FOUND


def test_where_not_everyone_makes_groups_global_owners_do() -> None:
    owner, member = (
        made.subject(global_roles=["GLOBAL_OWNER"]),
        made.subject({GROUP: ["GROUP_OWNER"]}),
    )
    assert permission.may_make_groups(owner, anyone=False)
    assert not permission.may_make_groups(member, anyone=False)
    assert permission.may_make_groups(member, anyone=True)


def test_a_global_owner_is_an_owner_everywhere() -> None:
    owner = made.subject(global_roles=["GLOBAL_OWNER"])
    assert permission.refused(owner, permission.SET_PUBLIC_API, CLOSED) is None


def test_a_global_reader_reads_everywhere_and_changes_nothing() -> None:
    reader = made.subject(global_roles=["GLOBAL_READ_ONLY"])
    assert permission.refused(reader, permission.SEE_GROUP, CLOSED) is None
    assert permission.refused(reader, permission.SET_PUBLIC_API, OPEN) is Reason.ROLE_MISSING
