import pytest
from argon2 import PasswordHasher, extract_parameters

from keyreeve.domain.errors import (
    InvalidName,
    InvalidRole,
    InvalidUsername,
    LastOwner,
    NotUserAdministrator,
    RoleNotGrantable,
    UserAlreadyExists,
    UserNotFound,
    WeakPassword,
)
from keyreeve.domain.user import User
from keyreeve.services import users
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Transaction
from services.people import CLI, NOBODY, acting, changed, grouped, house, made, told


class TestCreate:
    def test_a_user_is_found_by_id_by_external_id_and_by_login(self, database: Database) -> None:
        with database.transaction() as t:
            ada = users.create(
                t,
                CLI,
                username="ada@example.org",
                first_name=" Ada ",
                last_name="Lovelace",
                external_id="hr-17",
                global_roles={"GLOBAL_OWNER", "GLOBAL_READ_ONLY"},
            )
        with database.snapshot() as s:
            assert [users.find(s, n) for n in (ada.id, "hr-17", "ada@example.org")] == [ada] * 3
            assert (ada.first_name, ada.enabled) == ("Ada", True)

    @pytest.mark.parametrize(
        "name",
        ["ada", "a:b@example.org", 'a"b@example.org', "a b@example.org", "a\n@example.org", "@x",
         "a" * 250 + "@example.org", "e\u0301@example.org"],
    )  # fmt: skip
    def test_a_login_that_a_digest_cannot_carry_is_refused(
        self, database: Database, name: str
    ) -> None:
        with database.transaction() as t, pytest.raises(InvalidUsername):
            users.create(t, CLI, username=name, first_name="A", last_name="B")

    @pytest.mark.parametrize("name", ["", " ", "a\x00", "a\u2028b", "a" * 101])
    def test_a_name_that_cannot_be_shown_is_refused(self, database: Database, name: str) -> None:
        with database.transaction() as t, pytest.raises(InvalidName):
            users.create(t, CLI, username="a@example.org", first_name=name, last_name="B")

    @pytest.mark.parametrize("taken", ["ada@example.org", "ADA@example.org", "Ada@Example.Org"])
    def test_a_login_in_any_case_belongs_to_one_user(self, database: Database, taken: str) -> None:
        with database.transaction() as t:
            made(t)
            with pytest.raises(UserAlreadyExists):
                users.create(t, CLI, username=taken, first_name="A", last_name="B")
            assert len(t.users.list()) == 1

    def test_an_external_id_belongs_to_one_user(self, database: Database) -> None:
        words = {"first_name": "A", "last_name": "B", "external_id": "hr-17"}
        with database.transaction() as t:
            users.create(t, CLI, username="a@example.org", **words)
            with pytest.raises(UserAlreadyExists, match="hr-17"):
                users.create(t, CLI, username="b@example.org", **words)

    def test_only_global_roles_are_global(self, database: Database) -> None:
        with database.transaction() as t, pytest.raises(InvalidRole):
            made(t, global_roles=["GROUP_OWNER"])

    def test_nobody_makes_a_user_above_himself(self, database: Database) -> None:
        with database.transaction() as t:
            admin = made(t, global_roles=["GLOBAL_USER_ADMIN"])
            words = {"first_name": "E", "last_name": "E"}
            with pytest.raises(RoleNotGrantable):
                users.create(
                    t,
                    acting(admin),
                    username="eve@example.org",
                    global_roles=["GLOBAL_OWNER"],
                    **words,
                )
            eve = users.create(
                t,
                acting(admin),
                username="eve@example.org",
                global_roles=["GLOBAL_READ_ONLY"],
                **words,
            )
            assert eve.global_roles == {"GLOBAL_READ_ONLY"}


class TestPasswords:
    def test_a_hash_is_argon2id_and_proves_the_password(self, database: Database) -> None:
        hashed = users.hashed("correct horse")
        with database.transaction() as t:
            ada = users.create(
                t,
                CLI,
                username="a@example.org",
                first_name="A",
                last_name="B",
                password=hashed,
            )
            assert t.users.password_hash(ada.id) == hashed
            users.set_password(t, CLI, ada, users.hashed("battery staple"))
            kept = t.users.password_hash(ada.id)
        assert kept is not None
        assert PasswordHasher().verify(kept, "battery staple")
        costs = extract_parameters(kept)
        assert (costs.type.name, costs.memory_cost, costs.time_cost) == ("ID", 47_104, 1)

    def test_a_plain_password_never_reaches_the_database(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            with pytest.raises(ValueError, match=r"users\.hashed"):
                users.set_password(t, CLI, ada, users.PasswordHash("battery staple"))
            with pytest.raises(ValueError, match=r"users\.hashed"):
                users.create(
                    t,
                    CLI,
                    username="b@example.org",
                    first_name="A",
                    last_name="B",
                    password=users.PasswordHash("battery staple"),
                )

    @pytest.mark.parametrize("password", ["", "short", "x" * 257])
    def test_a_weak_password_is_refused(self, password: str) -> None:
        with pytest.raises(WeakPassword):
            users.hashed(password)


class TestRename:
    def test_an_old_login_stays_his_and_goes_to_nobody_else(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            users.rename(t, CLI, ada, "lovelace@example.org")
            with pytest.raises(UserAlreadyExists):
                made(t, "ada")
            bob = made(t, "bob")
            with pytest.raises(UserAlreadyExists):
                users.rename(t, CLI, bob, "Ada@example.org")
        with database.snapshot() as s:
            for name in ("ada@example.org", "lovelace@example.org"):
                assert users.find(s, name).username == "lovelace@example.org"

    def test_he_may_go_back_and_may_change_the_case(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            for name in ("x@example.org", "ada@example.org", "ADA@example.org", "x@example.org"):
                assert users.rename(t, CLI, ada, name).username == name
            assert users.find(t, "ADA@example.org").id == ada.id


class TestDisable:
    def test_a_disabled_user_can_be_enabled_again(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            assert not users.disable(t, CLI, ada).enabled
            assert not users.find(t, ada.id).enabled
            assert users.enable(t, CLI, ada).enabled
            assert users.find(t, ada.id) == ada

    def test_the_last_owner_of_a_group_needs_force(self, database: Database) -> None:
        with database.transaction() as t:
            _, ada, bob = house(t, "bob:GROUP_OWNER")
            users.disable(t, CLI, bob)
            with pytest.raises(LastOwner, match="Analytical"):
                users.disable(t, CLI, ada)
            assert users.find(t, ada.id).enabled
            assert not users.disable(t, CLI, ada, force=True).enabled

    def test_the_last_global_owner_needs_force(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t, global_roles=["GLOBAL_OWNER"])
            bob = made(t, "bob", global_roles=["GLOBAL_OWNER"])
            users.disable(t, CLI, bob)
            with pytest.raises(LastOwner, match="installation"):
                users.disable(t, CLI, ada)
            users.disable(t, CLI, ada, force=True)

    def test_a_global_owner_does_not_stand_in_for_an_owner(self, database: Database) -> None:
        with database.transaction() as t:
            made(t, "root", global_roles=["GLOBAL_OWNER"])
            ada = made(t)
            grouped(t, ada)
            with pytest.raises(LastOwner):
                users.disable(t, CLI, ada)


def test_nobody_is_found_under_an_unknown_name(database: Database) -> None:
    with database.snapshot() as s:
        for name in (NOBODY, "ada@example.org", ""):
            with pytest.raises(UserNotFound):
                users.find(s, name)


def test_each_use_leaves_one_event_and_tells_the_judge(database: Database) -> None:
    with database.transaction() as t:
        ada = made(t, global_roles=["GLOBAL_READ_ONLY"])
    uses = [
        ("user.rename", lambda t: users.rename(t, CLI, ada, "lovelace@example.org")),
        ("user.disable", lambda t: users.disable(t, CLI, ada)),
        ("user.enable", lambda t: users.enable(t, CLI, ada)),
    ]
    for action, use in uses:
        epoch = database.counter()
        with database.transaction() as t:
            use(t)
        with database.snapshot() as s:
            assert (told(s)[-1].action, told(s)[-1].user_id) == (action, ada.id)
        assert changed(database, epoch) == {("user", ada.id)}
        with database.transaction() as t:
            use(t)
        assert database.counter() == epoch + 1
    with database.snapshot() as s:
        assert len(told(s)) == 4


def test_no_password_is_in_the_audit_log(database: Database) -> None:
    hashed = users.hashed("correct horse")
    with database.transaction() as t:
        ada = made(t)
        users.set_password(t, CLI, ada, hashed)
        assert told(t)[-1].action == "user.set_password"
        assert hashed not in repr(told(t))


def test_names_are_changed_by_himself_and_by_global_administrators(database: Database) -> None:
    with database.transaction() as t:
        _, ada, bob = house(t, "bob:GROUP_READ_ONLY")
        root = made(t, "root", global_roles=["GLOBAL_USER_ADMIN"])
        watch = made(t, "watch", global_roles=["GLOBAL_READ_ONLY"])
        for actor in (ada, watch):
            with pytest.raises(NotUserAdministrator):
                users.set_names(t, acting(actor), bob, first_name="B", last_name="B")
        for number, actor in enumerate((acting(bob), acting(root), CLI)):
            named = users.set_names(t, actor, bob, first_name=f"B{number}", last_name="B")
            assert (users.find(t, bob.id), named.first_name) == (named, f"B{number}")
        count = len(told(t))
        users.set_names(t, CLI, bob, first_name=" B2 ", last_name="B")
        assert len(told(t)) == count
        with pytest.raises(InvalidName):
            users.set_names(t, CLI, bob, first_name="", last_name="B")


def test_who_shares_no_group_is_seen_by_global_roles_alone(database: Database) -> None:
    with database.transaction() as t:
        _, ada, bob = house(t, "bob:GROUP_READ_ONLY")
        eve, watch = made(t, "eve"), made(t, "watch", global_roles=["GLOBAL_READ_ONLY"])
        sees = {
            user.username: {
                other.username for other in (ada, bob, eve, watch) if _seen(t, user, other)
            }
            for user in (ada, eve, watch)
        }
        assert sees == {
            ada.username: {ada.username, bob.username},
            eve.username: {eve.username},
            watch.username: {ada.username, bob.username, eve.username, watch.username},
        }


def _seen(t: Transaction, user: User, other: User) -> bool:
    stored = t.subjects.by_name(user.username)
    assert stored is not None
    try:
        return users.seen(t, stored.subject, other.id) == other
    except UserNotFound:
        return False
