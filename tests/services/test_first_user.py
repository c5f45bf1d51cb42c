import pytest

from keyreeve.domain.errors import InvalidAddress, UsersExist
from keyreeve.domain.role import GLOBAL_OWNER
from keyreeve.protocol import address
from keyreeve.services import first_user, users
from keyreeve.services.first_user import FirstUser
from keyreeve.services.users import PasswordHash
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Transaction
from services.people import made, told

HASH = PasswordHash("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA")


def first(t: Transaction, *whitelist: str) -> FirstUser:
    return first_user.create(
        t,
        username="ada@example.org",
        first_name="Ada",
        last_name="Lovelace",
        password=HASH,
        whitelist=whitelist,
        caller=address.parse_address("192.0.2.1"),
    )


def test_the_first_user_is_global_owner_with_a_key_and_a_whitelist(database: Database) -> None:
    with database.transaction() as t:
        made_first = first(t, "192.0.2.1", "10.0.0.0/8")
    with database.snapshot() as s:
        user = users.find(s, "ada@example.org")
        assert user == made_first.user
        assert user.global_roles == {GLOBAL_OWNER}
        assert s.users.password_hash(user.id) == HASH
        assert s.api_keys.list(user.id) == (made_first.key,)
        assert [str(e.network) for e in s.whitelists.entries(user.id)] == [
            "192.0.2.1",
            "10.0.0.0/8",
        ]
        assert {(e.actor.name, e.actor.address) for e in told(s)} == {("first user", "192.0.2.1")}
    assert made_first.secret not in repr(made_first)


def test_there_is_one_first_user(database: Database) -> None:
    with database.transaction() as t:
        first_user.check_none(t)
        made(t, "bob")
        with pytest.raises(UsersExist):
            first_user.check_none(t)
        with pytest.raises(UsersExist):
            first(t)
        assert t.users.count() == 1


def test_a_refused_whitelist_leaves_no_user_behind(database: Database) -> None:
    with pytest.raises(InvalidAddress), database.transaction() as t:
        first(t, "10.0.0.1/8")
    with database.snapshot() as s:
        first_user.check_none(s)
