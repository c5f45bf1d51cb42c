import pytest

from keyreeve.domain.errors import (
    GroupAlreadyExists,
    GroupNotFound,
    InvalidName,
    UserDisabled,
)
from keyreeve.domain.role import GROUP_OWNER
from keyreeve.domain.subject import Subject
from keyreeve.services import groups, users
from keyreeve.storage.database import Database
from services.people import CLI, NOBODY, changed, grouped, house, made, told


class TestCreate:
    def test_a_group_is_found_by_id_by_external_id_and_by_name(self, database: Database) -> None:
        with database.transaction() as t:
            group = groups.create(t, CLI, name=" Sales ", owner=None, external_id="5f" * 12)
        with database.snapshot() as s:
            assert [groups.find(s, n) for n in (group.id, "5f" * 12, "Sales")] == [group] * 3

    def test_its_public_api_is_closed_until_somebody_opens_it(self, database: Database) -> None:
        with database.transaction() as t:
            assert not grouped(t, None).public_api_enabled
            assert groups.create(
                t, CLI, name="Open", owner=None, public_api_enabled=True
            ).public_api_enabled

    def test_its_maker_names_its_first_owner(self, database: Database) -> None:
        with database.transaction() as t:
            group, ada = house(t)
            assert t.groups.roles(ada.id, group.id) == {GROUP_OWNER}

    def test_a_disabled_user_owns_no_new_group(self, database: Database) -> None:
        with database.transaction() as t:
            ada = users.disable(t, CLI, made(t))
            with pytest.raises(UserDisabled):
                grouped(t, ada)

    def test_a_name_belongs_to_one_group(self, database: Database) -> None:
        with database.transaction() as t:
            groups.create(t, CLI, name="Sales", owner=None, external_id="x")
            with pytest.raises(GroupAlreadyExists, match="Sales"):
                groups.create(t, CLI, name="Sales", owner=None)
            with pytest.raises(GroupAlreadyExists, match="x"):
                groups.create(t, CLI, name="Other", owner=None, external_id="x")
            assert len(t.groups.list()) == 1

    @pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 101, "0123456789abcdefABCDEF01"])
    def test_a_name_that_cannot_be_one_is_refused(self, database: Database, name: str) -> None:
        with database.transaction() as t, pytest.raises(InvalidName):
            groups.create(t, CLI, name=name, owner=None)


class TestFind:
    def test_an_id_comes_before_anothers_external_id(self, database: Database) -> None:
        with database.transaction() as t:
            first = grouped(t, None)
            groups.create(t, CLI, name="Other", owner=None, external_id=first.id)
            assert groups.find(t, first.id) == first

    def test_an_unknown_group_is_not_found(self, database: Database) -> None:
        with database.snapshot() as s:
            for name in (NOBODY, "Sales", ""):
                with pytest.raises(GroupNotFound):
                    groups.find(s, name)


class TestVisible:
    def test_a_user_sees_his_own_groups_page_by_page(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            own = [grouped(t, ada, f"Group {number}") for number in range(5)]
            grouped(t, None, "Foreign")
            subject = Subject(ada.id, ada.username)
            pages = [groups.visible(t, subject, offset=n, limit=2) for n in (0, 2, 4, 6)]
            assert [total for _, total in pages] == [5] * 4
            assert [group for page, _ in pages for group in page] == own

    def test_with_a_global_role_he_sees_all(self, database: Database) -> None:
        with database.transaction() as t:
            root = made(t, "root", global_roles=["GLOBAL_READ_ONLY"])
            every = (grouped(t, None, "A"), grouped(t, None, "B"))
            subject = Subject(root.id, root.username, everywhere=frozenset({"GROUP_READ_ONLY"}))
            assert groups.visible(t, subject, offset=0, limit=10) == (every, 2)

    def test_members_come_page_by_page_with_their_roles(self, database: Database) -> None:
        with database.transaction() as t:
            group, ada, bob = house(t, "bob:GROUP_READ_ONLY")
            made(t, "stranger")
            page, total = groups.members(t, group, offset=1, limit=1)
            assert (total, [(m.user, m.roles) for m in page]) == (2, [(bob, {"GROUP_READ_ONLY"})])
            page, _ = groups.members(t, group, offset=0, limit=9)
            assert [m.user for m in page] == [ada, bob]


def test_each_use_leaves_one_event_and_tells_the_judge(database: Database) -> None:
    with database.transaction() as t:
        ada = made(t)
    epoch = database.counter()
    with database.transaction() as t:
        group = grouped(t, ada)
    assert changed(database, epoch) == {("group", group.id), ("user", ada.id)}
    uses = [
        ("group.set_public_api", lambda t: groups.set_public_api(t, CLI, group, enabled=True)),
        ("group.set_mode", lambda t: groups.set_mode(t, CLI, group, observed=True)),
        ("group.set_mode", lambda t: groups.set_mode(t, CLI, group, observed=False)),
        ("group.rename", lambda t: groups.rename(t, CLI, group, "Renamed")),
    ]
    for action, use in uses:
        epoch = database.counter()
        for _ in range(2):
            with database.transaction() as t:
                after = use(t)
        assert database.counter() == epoch + 1
        assert changed(database, epoch) == {("group", group.id)}
        with database.snapshot() as s:
            assert (told(s)[-1].action, told(s)[-1].group_id) == (action, group.id)
            assert groups.find(s, group.id) == after


def test_a_taken_name_is_no_new_name(database: Database) -> None:
    with database.transaction() as t:
        group = grouped(t, None)
        grouped(t, None, "Taken")
        with pytest.raises(GroupAlreadyExists):
            groups.rename(t, CLI, group, "Taken")
        assert groups.find(t, group.id) == group


def test_a_removed_group_is_gone_for_everybody(database: Database) -> None:
    with database.transaction() as t:
        group, ada, _ = house(t, "bob:GROUP_READ_ONLY")
    epoch = database.counter()
    with database.transaction() as t:
        groups.remove(t, CLI, group)
        with pytest.raises(GroupNotFound):
            groups.find(t, group.id)
        assert t.groups.of_user(ada.id) == ()
        assert grouped(t, ada, group.name).id != group.id
    assert ("group", group.id) in changed(database, epoch)
    with database.snapshot() as s:
        assert s.audit_log.list(group_id=group.id)[0].action == "group.delete"
