import pytest

from keyreeve.domain.errors import (
    GroupNotFound,
    InvalidRole,
    LastOwner,
    Refusal,
    RoleNotGrantable,
    UserNotInGroup,
)
from keyreeve.domain.role import (
    GLOBAL_OWNER,
    GLOBAL_READ_ONLY,
    GROUP_OWNER,
    GROUP_READ_ONLY,
    GROUP_USER_ADMIN,
)
from keyreeve.domain.subject import GroupState, Membership, Subject
from keyreeve.domain.user import User
from keyreeve.services import members, roles, users
from keyreeve.services.roles import HeldRole
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Transaction
from services.people import CLI, NOBODY, acting, changed, grouped, house, made, told

OWNER, READER = frozenset({GROUP_OWNER}), frozenset({GROUP_READ_ONLY})


def seen(t: Transaction, user: User) -> Subject:
    stored = t.subjects.by_name(user.username)
    assert stored is not None
    return stored.subject


class TestAssign:
    def test_a_user_holds_exactly_what_was_assigned(self, database: Database) -> None:
        with database.transaction() as t:
            group, ada, bob = house(t, "bob:GROUP_USER_ADMIN")
            eve = made(t, "eve")
            members.assign(t, acting(ada), group, [(bob, READER), (eve, OWNER | READER)])
            assert t.groups.roles(bob.id, group.id) == READER
            assert t.groups.roles(eve.id, group.id) == OWNER | READER
            assert t.groups.roles(ada.id, group.id) == OWNER

    def test_owners_may_change_places_and_the_last_may_not_leave(self, database: Database) -> None:
        with database.transaction() as t:
            group, ada, bob = house(t, "bob:GROUP_READ_ONLY")
            with pytest.raises(LastOwner):
                members.assign(t, acting(ada), group, [(ada, READER)])
            members.assign(t, acting(ada), group, [(bob, OWNER), (ada, READER)])
            assert t.groups.owners(group.id) == (bob.id,)

    @pytest.mark.parametrize(
        ("chosen", "refusal"),
        [({"GROUP_KING"}, InvalidRole), ({GLOBAL_OWNER}, InvalidRole), (OWNER, RoleNotGrantable)],
    )
    def test_nothing_is_assigned_above_the_actors_own(
        self, database: Database, chosen: set[str], refusal: type[Refusal]
    ) -> None:
        with database.transaction() as t:
            group, _, bob = house(t, "bob:GROUP_USER_ADMIN")
            with pytest.raises(refusal):
                members.assign(t, acting(bob), group, [(made(t, "eve"), frozenset(chosen))])

    def test_no_owner_is_demoted_by_an_administrator(self, database: Database) -> None:
        with database.transaction() as t:
            group, ada, bob, _ = house(t, "bob:GROUP_USER_ADMIN", "eve:GROUP_OWNER")
            with pytest.raises(RoleNotGrantable):
                members.assign(t, acting(bob), group, [(ada, READER)])


class TestRemove:
    def test_whoever_is_removed_has_no_place_left(self, database: Database) -> None:
        with database.transaction() as t:
            group, ada, bob = house(t, "bob:GROUP_USER_ADMIN")
            roles.grant(t, CLI, bob, group, GROUP_READ_ONLY)
        epoch = database.counter()
        with database.transaction() as t:
            members.remove(t, acting(ada), group, bob.id)
            assert [m.user.id for m in t.groups.members(group.id)] == [ada.id]
            assert [e.action for e in told(t)[-2:]] == ["role.revoke"] * 2
        assert changed(database, epoch) == {("user", bob.id)}

    @pytest.mark.parametrize("others", [(GROUP_READ_ONLY,), (GROUP_READ_ONLY, GROUP_USER_ADMIN)])
    def test_one_may_leave_with_every_role(
        self, database: Database, others: tuple[str, ...]
    ) -> None:
        with database.transaction() as t:
            group, ada, bob = house(t, "bob:GROUP_OWNER")
            for role in others:
                roles.grant(t, CLI, bob, group, role)
            members.remove(t, acting(bob), group, bob.id)
            with pytest.raises(LastOwner):
                members.remove(t, acting(ada), group, ada.id)

    def test_who_is_not_in_it_and_who_is_not_are_not_told_apart(self, database: Database) -> None:
        with database.transaction() as t:
            group, ada = house(t)
            for user_id in (made(t, "eve").id, NOBODY):
                with pytest.raises(UserNotInGroup):
                    members.remove(t, acting(ada), group, user_id)


class TestReplace:
    def test_roles_are_replaced_where_the_actor_may_and_stay_elsewhere(
        self, database: Database
    ) -> None:
        with database.transaction() as t:
            here, ada, bob = house(t, "bob:GROUP_READ_ONLY")
            there, nowhere = grouped(t, ada, "There"), grouped(t, None, "Elsewhere")
            for group in (there, nowhere):
                roles.grant(t, CLI, bob, group, GROUP_USER_ADMIN)
            wanted = [HeldRole(here.id, GROUP_OWNER)]
            members.replace(t, acting(ada), bob, wanted, seen_by=seen(t, ada))
            assert set(roles.held(t, bob)) == {
                HeldRole(here.id, GROUP_OWNER),
                HeldRole(nowhere.id, GROUP_USER_ADMIN),
            }

    def test_a_role_that_is_held_may_be_named_without_the_right_to_grant_it(
        self, database: Database
    ) -> None:
        with database.transaction() as t:
            here, ada, bob = house(t, "bob:GROUP_READ_ONLY")
            other = grouped(t, bob, "Other")
            roles.grant(t, CLI, ada, other, GROUP_READ_ONLY)
            held = [*roles.held(t, bob), HeldRole(here.id, GROUP_USER_ADMIN)]
            members.replace(t, acting(ada), bob, held, seen_by=seen(t, ada))
            assert t.groups.roles(bob.id, other.id) == OWNER

    def test_a_group_that_the_actor_does_not_see_is_not_told_from_none(
        self, database: Database
    ) -> None:
        with database.transaction() as t:
            _, ada, bob = house(t, "bob:GROUP_READ_ONLY")
            hidden = grouped(t, None, "Hidden")
            for group_id in (hidden.id, NOBODY):
                wanted = [HeldRole(group_id, GROUP_READ_ONLY)]
                with pytest.raises(GroupNotFound, match=group_id):
                    members.replace(t, acting(ada), bob, wanted, seen_by=seen(t, ada))

    def test_only_a_global_owner_gives_and_takes_global_roles(self, database: Database) -> None:
        with database.transaction() as t:
            group, ada, bob = house(t, "bob:GROUP_READ_ONLY")
            root, second = (made(t, n, global_roles=[GLOBAL_OWNER]) for n in ("root", "second"))
            wanted = [HeldRole("", GLOBAL_READ_ONLY)]
            with pytest.raises(RoleNotGrantable):
                members.replace(t, acting(ada), bob, wanted, seen_by=seen(t, ada))
            members.replace(t, acting(root), bob, wanted, seen_by=seen(t, root))
            assert roles.held(t, users.find(t, bob.id)) == (HeldRole("", GLOBAL_READ_ONLY),)
            members.replace(t, acting(ada), bob, [], seen_by=seen(t, ada))
            assert roles.held(t, users.find(t, bob.id)) == (HeldRole("", GLOBAL_READ_ONLY),)
            roles.grant(t, CLI, root, group, GROUP_READ_ONLY)
            root = users.find(t, root.id)
            members.replace(t, acting(root), root, [], seen_by=seen(t, root))
            assert roles.held(t, users.find(t, root.id)) == ()
            second = users.find(t, second.id)
            with pytest.raises(LastOwner):
                members.replace(t, acting(second), second, [], seen_by=seen(t, second))


def test_a_member_sees_a_group_without_any_role_in_it(database: Database) -> None:
    with database.transaction() as t:
        group, ada = house(t)
        place = {group.id: Membership(GroupState(group.id, True), frozenset())}
        held = [HeldRole(group.id, GROUP_USER_ADMIN), *roles.held(t, ada)]
        members.replace(t, acting(ada), ada, held, seen_by=Subject(ada.id, "ada", place))
        assert t.groups.roles(ada.id, group.id) == OWNER | {GROUP_USER_ADMIN}
