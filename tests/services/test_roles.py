from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from keyreeve.domain.errors import InvalidRole, LastOwner, Refusal, RoleNotGrantable
from keyreeve.domain.group import Group
from keyreeve.domain.role import GROUP_OWNER, GROUP_READ_ONLY, GROUP_USER_ADMIN
from keyreeve.domain.subject import GroupState, Membership, Subject
from keyreeve.domain.user import User
from keyreeve.services import roles, users
from keyreeve.services.roles import HeldRole
from keyreeve.storage.database import Database
from services.people import CLI, acting, changed, grouped, house, made, told


class TestGrant:
    def test_a_role_brings_a_place_in_the_group(self, database: Database) -> None:
        with database.transaction() as t:
            group, ada = house(t)
            bob = made(t, "bob")
            roles.grant(t, CLI, bob, group, GROUP_READ_ONLY)
            members = {m.user.id: m.roles for m in t.groups.members(group.id)}
            assert members == {ada.id: {GROUP_OWNER}, bob.id: {GROUP_READ_ONLY}}
            assert t.groups.of_user(bob.id) == (group,)

    @pytest.mark.parametrize("role", ["GROUP_KING", "GLOBAL_OWNER", "", "group_owner"])
    def test_a_role_of_no_group_is_refused(self, database: Database, role: str) -> None:
        with database.transaction() as t:
            group, ada = house(t)
            with pytest.raises(InvalidRole):
                roles.grant(t, CLI, ada, group, role)

    @pytest.mark.parametrize(
        ("held", "role", "granted"),
        [
            (GROUP_OWNER, GROUP_OWNER, True),
            (GROUP_OWNER, GROUP_USER_ADMIN, True),
            (GROUP_USER_ADMIN, GROUP_OWNER, False),
            (GROUP_USER_ADMIN, GROUP_USER_ADMIN, True),
            (GROUP_USER_ADMIN, GROUP_READ_ONLY, True),
            (GROUP_READ_ONLY, GROUP_READ_ONLY, False),
        ],
    )
    def test_nobody_grants_or_revokes_above_his_own(
        self, database: Database, held: str, role: str, granted: bool
    ) -> None:
        with database.transaction() as t:
            group, ada, bob = house(t, f"bob:{held}")
            eve = made(t, "eve")
            roles.grant(t, CLI, ada, group, GROUP_USER_ADMIN)
            if granted:
                roles.grant(t, acting(bob), eve, group, role)
                roles.revoke(t, acting(bob), eve, group, role)
                return
            for verb in (roles.grant, roles.revoke):
                with pytest.raises(RoleNotGrantable):
                    verb(t, acting(bob), ada, group, role)

    def test_authority_ends_at_the_group(self, database: Database) -> None:
        with database.transaction() as t:
            _, ada, bob = house(t, "bob:GROUP_READ_ONLY")
            other = grouped(t, bob, "Other")
            with pytest.raises(RoleNotGrantable):
                roles.grant(t, acting(ada), ada, other, GROUP_READ_ONLY)

    def test_a_global_role_reaches_every_group(self, database: Database) -> None:
        with database.transaction() as t:
            group, _, bob = house(t, "bob:GROUP_READ_ONLY")
            root = made(t, "root", global_roles=["GLOBAL_USER_ADMIN"])
            roles.grant(t, acting(root), bob, group, GROUP_USER_ADMIN)
            with pytest.raises(RoleNotGrantable):
                roles.grant(t, acting(root), bob, group, GROUP_OWNER)

    def test_an_owner_of_a_group_is_nobody_outside_it(self, database: Database) -> None:
        with database.transaction() as t:
            _, ada = house(t)
            with pytest.raises(RoleNotGrantable):
                roles.grant(t, acting(ada), ada, None, "GLOBAL_READ_ONLY")
            with pytest.raises(InvalidRole):
                roles.grant(t, CLI, ada, None, GROUP_OWNER)
            roles.grant(t, CLI, ada, None, "GLOBAL_OWNER")
            assert users.find(t, ada.id).global_roles == {"GLOBAL_OWNER"}


class TestRevoke:
    def test_with_the_last_role_a_member_leaves(self, database: Database) -> None:
        with database.transaction() as t:
            group, _, bob = house(t, "bob:GROUP_READ_ONLY")
            roles.grant(t, CLI, bob, group, GROUP_USER_ADMIN)
            roles.revoke(t, CLI, bob, group, GROUP_READ_ONLY)
            assert t.groups.of_user(bob.id) == (group,)
            roles.revoke(t, CLI, bob, group, GROUP_USER_ADMIN)
            assert t.groups.of_user(bob.id) == ()

    def test_the_last_owner_stays(self, database: Database) -> None:
        with database.transaction() as t:
            group, ada, bob = house(t, "bob:GROUP_OWNER")
            roles.revoke(t, CLI, ada, group, GROUP_OWNER)
            with pytest.raises(LastOwner):
                roles.revoke(t, CLI, bob, group, GROUP_OWNER)
            assert t.groups.owners(group.id) == (bob.id,)

    def test_a_disabled_owner_does_not_count(self, database: Database) -> None:
        with database.transaction() as t:
            group, ada, bob = house(t, "bob:GROUP_OWNER")
            users.disable(t, CLI, bob)
            with pytest.raises(LastOwner):
                roles.revoke(t, CLI, ada, group, GROUP_OWNER)
            roles.revoke(t, CLI, bob, group, GROUP_OWNER)

    def test_the_last_global_owner_stays(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t, global_roles=["GLOBAL_OWNER"])
            with pytest.raises(LastOwner):
                roles.revoke(t, CLI, ada, None, "GLOBAL_OWNER")
            made(t, "bob", global_roles=["GLOBAL_OWNER"])
            roles.revoke(t, CLI, ada, None, "GLOBAL_OWNER")
            assert users.find(t, ada.id).global_roles == frozenset()


class TestHeld:
    def test_one_who_shares_some_groups_sees_those_only(self, database: Database) -> None:
        with database.transaction() as t:
            group, ada, bob = house(t, "bob:GROUP_READ_ONLY")
            other = grouped(t, bob, "Other")
            shared = HeldRole(group.id, GROUP_READ_ONLY)
            all_of_them = {shared, HeldRole(other.id, GROUP_OWNER)}
            places = {group.id: Membership(GroupState(group.id, True), frozenset({GROUP_OWNER}))}
            seen = {
                "ada": roles.held(t, bob, seen_by=Subject(ada.id, ada.username, places)),
                "bob": roles.held(t, bob, seen_by=Subject(bob.id, bob.username)),
                "root": roles.held(
                    t, bob, seen_by=Subject("0" * 24, "r", everywhere=frozenset({GROUP_OWNER}))
                ),
                "cli": roles.held(t, bob),
            }
            assert seen.pop("ada") == (shared,)
            assert all(set(found) == all_of_them for found in seen.values())


def test_each_use_leaves_one_event_and_tells_the_judge(database: Database) -> None:
    with database.transaction() as t:
        group, _, bob = house(t, "bob:GROUP_READ_ONLY")
    for verb in (roles.grant, roles.revoke):
        epoch = database.counter()
        for _ in range(2):
            with database.transaction() as t:
                verb(t, CLI, bob, group, GROUP_USER_ADMIN)
        assert database.counter() == epoch + 1
        assert changed(database, epoch) == {("user", bob.id)}
        with database.snapshot() as s:
            last = told(s)[-1]
        assert (last.action, last.user_id, last.group_id, last.details["role"]) == (
            f"role.{verb.__name__}", bob.id, group.id, GROUP_USER_ADMIN,
        )  # fmt: skip


@pytest.mark.parametrize("way", ["revoke", "disable"])
def test_two_owners_who_remove_each_other_never_leave_a_group_without(
    database: Database, way: str
) -> None:
    remove_each_other(database, way, rounds=150)


@pytest.mark.hunt
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("way", ["revoke", "disable"])
def test_however_often_two_owners_remove_each_other_one_stays(database: Database, way: str) -> None:
    remove_each_other(database, way, rounds=1000)


def remove_each_other(database: Database, way: str, *, rounds: int) -> None:
    with database.transaction() as t:
        group, ada, bob = house(t, "bob:GROUP_OWNER")
    start = Barrier(2)

    def remove(actor: User, victim: User) -> bool:
        start.wait(30)
        try:
            with database.transaction() as t:
                if way == "revoke":
                    roles.revoke(t, acting(actor), victim, group, GROUP_OWNER)
                else:
                    users.disable(t, acting(actor), victim)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        for _ in range(rounds):
            done = list(pool.map(remove, (ada, bob), (bob, ada)))
            assert sum(done) == 1
            restore(database, group, ada, bob)


def restore(database: Database, group: Group, *owners: User) -> None:
    with database.transaction() as t:
        assert len(t.groups.owners(group.id)) == 1
        for user in owners:
            roles.grant(t, CLI, user, group, GROUP_OWNER)
            users.enable(t, CLI, user)
