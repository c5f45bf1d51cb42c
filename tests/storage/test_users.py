from dataclasses import replace

import pytest

from keyreeve.domain.errors import UserAlreadyExists
from keyreeve.storage import users
from keyreeve.storage.database import Database
from storage.people import id_of, user


def test_a_user_comes_back_as_he_was_kept(database: Database) -> None:
    ada = replace(user(1, "ada", "GLOBAL_OWNER", "GLOBAL_READ_ONLY"), external_id="hr-1")
    with database.transaction() as t:
        t.users.add(ada)
    with database.snapshot() as s:
        assert [s.users.get(ada.id), s.users.get("hr-1"), s.users.by_name(ada.username)] == [
            ada
        ] * 3
        assert (s.users.list(), s.users.count()) == ((ada,), 1)


def test_users_are_listed_oldest_first(database: Database) -> None:
    with database.transaction() as t:
        for number in (3, 1, 2):
            t.users.add(user(number, "", "GLOBAL_OWNER"))
        assert [u.id for u in t.users.list()] == [id_of(n) for n in (1, 2, 3)]


def test_a_login_is_matched_exactly(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(user(1, "ada"))
        for name in ("Ada@example.org", "ada@example.org ", "ada@example.or", "ada%", ""):
            assert t.users.by_name(name) is None


def test_a_refused_user_leaves_nothing_behind(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(replace(user(1, "ada"), external_id="hr-1"))
        for other in (user(2, "ADA"), replace(user(2, "eve", "GLOBAL_OWNER"), external_id="hr-1")):
            with pytest.raises(UserAlreadyExists):
                t.users.add(other)
    with database.snapshot() as s:
        assert s.users.count() == 1
        assert s.users.by_name("eve@example.org") is None
        assert s.users.global_owners() == ()


def test_a_renamed_user_is_found_under_every_login_he_had(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(user(1, "ada"))
        for name in ("b@example.org", "ada@example.org", "ADA@example.org"):
            t.users.rename(id_of(1), name)
        found = {t.users.by_name(f"{n}@example.org") for n in ("ada", "ADA", "b")}
        assert [u.username for u in found if u] == ["ADA@example.org"]


def test_a_former_login_goes_to_nobody_else(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(user(1, "ada"))
        t.users.add(user(2, "bob"))
        t.users.rename(id_of(1), "lovelace@example.org")
        with pytest.raises(UserAlreadyExists):
            t.users.rename(id_of(2), "ada@example.org")
        assert t.users.get(id_of(2)) == user(2, "bob")


def test_a_user_is_enabled_and_disabled(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(user(1))
        t.users.add(user(2))
        t.users.set_enabled(id_of(1), enabled=False)
        assert [u.enabled for u in t.users.list()] == [False, True]


def test_a_password_hash_is_kept_apart_from_the_user(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(user(1), password_hash="$argon2id$a")
        t.users.add(user(2))
        assert t.users.password_hash(id_of(1)) == "$argon2id$a"
        t.users.set_password_hash(id_of(2), "$argon2id$b")
        assert t.users.password_hash(id_of(2)) == "$argon2id$b"
        assert "argon2" not in repr(t.users.list())


def test_global_owners_are_the_enabled_ones(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(user(1, "", "GLOBAL_OWNER"))
        t.users.add(user(2, "", "GLOBAL_OWNER", enabled=False))
        t.users.add(user(3, "", "GLOBAL_READ_ONLY"))
        t.users.add(user(4))
        t.users.add_global_role(id_of(4), "GLOBAL_OWNER")
        t.users.remove_global_role(id_of(1), "GLOBAL_OWNER")
        assert t.users.global_owners() == (id_of(4),)
        assert t.users.global_roles(id_of(3)) == {"GLOBAL_READ_ONLY"}


def test_a_narrowed_query_keeps_every_role_of_each_user(database: Database) -> None:
    with database.transaction() as t:
        for number in range(4):
            t.users.add(user(number, "", "GLOBAL_OWNER", "GLOBAL_READ_ONLY"))
        query = users.schema.users.select().order_by(users.schema.users.c.id).offset(1).limit(2)
        found = list(users.read(t.connection, query))
        assert found == [user(n, "", "GLOBAL_OWNER", "GLOBAL_READ_ONLY") for n in (1, 2)]


def test_names_of_one_user_change(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(user(1))
        t.users.add(user(2))
        t.users.set_names(id_of(1), "Ada", "Lovelace")
        assert t.users.list() == (
            replace(user(1), first_name="Ada", last_name="Lovelace"),
            user(2),
        )
