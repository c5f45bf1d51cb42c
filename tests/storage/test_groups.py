from dataclasses import replace

import pytest

from keyreeve.domain.errors import GroupAlreadyExists
from keyreeve.domain.group import Member
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Transaction
from storage.people import group, id_of, user


def test_a_group_comes_back_as_it_was_kept(database: Database) -> None:
    kept = replace(group(5, public_api_enabled=True), external_id="g-5")
    with database.transaction() as t:
        t.groups.add(kept)
    with database.snapshot() as s:
        assert [s.groups.get(kept.id), s.groups.get("g-5"), s.groups.by_name(kept.name)] == [
            kept
        ] * 3
        assert s.groups.get("g-6") is None


def test_a_refused_group_leaves_nothing_behind(database: Database) -> None:
    with database.transaction() as t:
        t.groups.add(replace(group(5), external_id="x"))
        for other in (
            replace(group(6), name="Group 5"),
            replace(group(6), external_id="x"),
        ):
            with pytest.raises(GroupAlreadyExists):
                t.groups.add(other)
        t.groups.add(group(6))
        with pytest.raises(GroupAlreadyExists):
            t.groups.rename(id_of(6), "Group 5")
        assert [g.name for g in t.groups.list()] == ["Group 5", "Group 6"]


def test_a_toggle_moves_one_group(database: Database) -> None:
    with database.transaction() as t:
        t.groups.add(group(5))
        t.groups.add(group(6))
        t.groups.set_public_api(id_of(6), enabled=True)
        t.groups.rename(id_of(5), "Renamed")
        assert [(g.name, g.public_api_enabled) for g in t.groups.list()] == [
            ("Renamed", False),
            ("Group 6", True),
        ]


def test_roles_are_held_by_one_user_in_one_group(database: Database) -> None:
    with database.transaction() as t:
        peopled(t)
        assert t.groups.roles(id_of(1), id_of(5)) == {"GROUP_OWNER", "GROUP_READ_ONLY"}
        assert t.groups.roles(id_of(1), id_of(6)) == {"GROUP_READ_ONLY"}
        assert t.groups.roles(id_of(3), id_of(5)) == frozenset()
        assert t.groups.all_roles(id_of(1)) == {
            id_of(5): {"GROUP_OWNER", "GROUP_READ_ONLY"},
            id_of(6): {"GROUP_READ_ONLY"},
        }


def test_members_come_with_their_roles_there(database: Database) -> None:
    with database.transaction() as t:
        peopled(t)
        members = (
            Member(user(1, "", "GLOBAL_OWNER"), frozenset({"GROUP_OWNER", "GROUP_READ_ONLY"})),
            Member(user(2), frozenset({"GROUP_OWNER"})),
        )
        assert t.groups.members(id_of(5)) == members
        for offset in (0, 1):
            page = t.groups.member_page(id_of(5), offset=offset, limit=1)
            assert page == (members[offset : offset + 1], 2)
        assert t.groups.member_page(id_of(5), offset=2, limit=1) == ((), 2)


def test_a_user_has_the_groups_he_is_in(database: Database) -> None:
    with database.transaction() as t:
        peopled(t)
        assert [g.id for g in t.groups.of_user(id_of(1))] == [id_of(5), id_of(6)]
        assert t.groups.page(member=id_of(2), offset=0, limit=9) == ((group(5),), 1)
        assert t.groups.page(member=None, offset=1, limit=1) == ((group(6),), 3)
        assert t.groups.page(member=id_of(3), offset=0, limit=9) == ((), 0)


def test_with_his_last_role_a_member_leaves(database: Database) -> None:
    with database.transaction() as t:
        peopled(t)
        t.groups.revoke(id_of(1), id_of(5), "GROUP_OWNER")
        assert len(t.groups.of_user(id_of(1))) == 2
        t.groups.revoke(id_of(1), id_of(5), "GROUP_READ_ONLY")
        assert t.groups.of_user(id_of(1)) == (group(6),)
        assert t.groups.roles(id_of(2), id_of(5)) == {"GROUP_OWNER"}


def test_owners_are_the_enabled_ones(database: Database) -> None:
    with database.transaction() as t:
        peopled(t)
        assert t.groups.owners(id_of(5)) == (id_of(1), id_of(2))
        t.users.set_enabled(id_of(1), enabled=False)
        assert t.groups.owners(id_of(5)) == (id_of(2),)
        assert t.groups.owners(id_of(6)) == ()


def peopled(t: Transaction) -> None:
    """Three users; two of them own group 5, one reads in group 6, nobody is in group 7."""
    t.users.add(user(1, "", "GLOBAL_OWNER"))
    t.users.add(user(2))
    t.users.add(user(3))
    for number in (5, 6, 7):
        t.groups.add(group(number))
    for who, where, role in (
        (1, 5, "GROUP_OWNER"),
        (1, 5, "GROUP_READ_ONLY"),
        (2, 5, "GROUP_OWNER"),
        (1, 6, "GROUP_READ_ONLY"),
    ):
        t.groups.grant(id_of(who), id_of(where), role)


def test_a_removed_group_leaves_its_name_and_nobody_in_it(database: Database) -> None:
    kept = replace(group(5), external_id="g-5")
    with database.transaction() as t:
        for number in (1, 2):
            t.users.add(user(number))
        for each in (kept, group(6)):
            t.groups.add(each)
            t.groups.grant(id_of(1), each.id, "GROUP_OWNER")
            t.groups.grant(id_of(2), each.id, "GROUP_READ_ONLY")
        t.groups.remove(kept.id)
        assert t.groups.list() == (group(6),)
        assert t.groups.all_roles(id_of(1)) == {id_of(6): {"GROUP_OWNER"}}
        assert t.groups.roles(id_of(2), kept.id) == frozenset()
        t.groups.add(replace(kept, id=id_of(7)))
        assert t.groups.members(id_of(7)) == ()
