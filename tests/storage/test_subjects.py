from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from keyreeve.domain.decision import NamedUser
from keyreeve.domain.subject import GroupState, Membership
from keyreeve.domain.user import User
from keyreeve.domain.whitelist import WhitelistEntry
from keyreeve.protocol import address
from keyreeve.storage import proofs, schema
from keyreeve.storage.api_keys import KeyProof
from keyreeve.storage.database import Database
from keyreeve.storage.errors import SealBroken
from keyreeve.storage.transaction import Transaction
from storage.people import NOW, group, id_of, key, user

ADA, EVE = user(1, "ada"), user(2, "eve", "GLOBAL_READ_ONLY")
HOME = address.parse_network("192.0.2.0/24")


def kept(t: Transaction, number: int, owner: User, *names: str, enabled: bool = True) -> None:
    """Keep a key whose H(A1) tells its number, name and algorithm."""
    found = [
        KeyProof(name, algorithm, t.secrets.seal(f"{number} {name} {algorithm}".encode(), **bound))
        for name in names
        for algorithm in ("MD5", "SHA-256")
        for bound in [proofs.bound(id_of(number), name=name, algorithm=algorithm, realm=t.realm)]
    ]
    made = key(number, owner, enabled=enabled)
    t.api_keys.add(made, bearer_digest=number.to_bytes(4), proofs=found)


@pytest.fixture
def peopled(database: Database) -> Database:
    """Ada owns group 5, is in 6, and has two keys; Eve reads everywhere, and reads in group 5."""
    with database.transaction() as t:
        t.users.add(ADA)
        t.users.add(replace(EVE, external_id="hr-2"))
        t.groups.add(group(5, public_api_enabled=True))
        t.groups.add(replace(group(6), external_id="g-6"))
        t.groups.grant(ADA.id, id_of(5), "GROUP_OWNER")
        t.groups.grant(ADA.id, id_of(6), "GROUP_USER_ADMIN")
        t.groups.grant(EVE.id, id_of(5), "GROUP_OWNER")
        t.whitelists.add(WhitelistEntry(id_of(30), ADA.id, HOME, NOW))
        kept(t, 10, ADA, ADA.username, id_of(10))
        kept(t, 11, ADA, ADA.username, id_of(11), enabled=False)
        kept(t, 12, EVE, EVE.username, id_of(12))
        t.changed("user", ADA.id)
    return database


def test_a_subject_has_all_that_a_decision_asks(peopled: Database) -> None:
    with peopled.snapshot() as s:
        stored = s.subjects.by_name(ADA.username)
    assert stored is not None
    subject = stored.subject
    assert (subject.user_id, subject.username, stored.enabled) == (ADA.id, ADA.username, True)
    assert subject.memberships == {
        id_of(5): Membership(GroupState(id_of(5), True), frozenset({"GROUP_OWNER"})),
        id_of(6): Membership(GroupState(id_of(6), False), frozenset({"GROUP_USER_ADMIN"})),
    }
    assert subject.everywhere == frozenset()
    assert subject.whitelist.covering(address.parse_address("192.0.2.9")) == (id_of(30),)


def test_global_roles_count_in_every_group(peopled: Database) -> None:
    with peopled.snapshot() as s:
        stored = s.subjects.by_name(EVE.username)
    assert stored is not None
    assert stored.subject.everywhere == {"GROUP_READ_ONLY"}
    assert stored.subject.roles_in(id_of(5)) == {"GROUP_OWNER", "GROUP_READ_ONLY"}
    assert not stored.subject.whitelist


def test_a_login_brings_every_key_made_under_it(peopled: Database) -> None:
    with peopled.snapshot() as s:
        stored = s.subjects.by_name(ADA.username)
    assert stored is not None
    assert [(c.key_id, c.enabled, c.name, c.algorithm, c.ha1) for c in stored.credentials] == [
        (
            id_of(number),
            number == 10,
            ADA.username,
            algorithm,
            f"{number} {ADA.username} {algorithm}",
        )
        for number in (10, 11)
        for algorithm in ("MD5", "SHA-256")
    ]


def test_the_id_of_a_key_brings_that_key_alone(peopled: Database) -> None:
    with peopled.snapshot() as s:
        stored = s.subjects.by_name(id_of(11))
    assert stored is not None
    assert stored.subject.user_id == ADA.id
    assert {(c.key_id, c.name) for c in stored.credentials} == {(id_of(11), id_of(11))}


def test_a_former_login_brings_the_keys_made_under_it(peopled: Database) -> None:
    with peopled.transaction() as t:
        t.users.rename(ADA.id, "lovelace@example.org")
        old, new = t.subjects.by_name(ADA.username), t.subjects.by_name("lovelace@example.org")
    assert old is not None
    assert new is not None
    assert old.subject.username == new.subject.username == "lovelace@example.org"
    assert (len(old.credentials), new.credentials) == (4, ())


@pytest.mark.parametrize("name", ["Ada@example.org", "", "ada", id_of(99), id_of(1)])
def test_nobody_else_has_this_name(peopled: Database, name: str) -> None:
    with peopled.snapshot() as s:
        assert s.subjects.by_name(name) is None


def test_a_bearer_digest_brings_its_key_and_owner(peopled: Database) -> None:
    with peopled.snapshot() as s:
        found = s.subjects.by_bearer((11).to_bytes(4))
        named = s.subjects.by_name(ADA.username)
        assert s.subjects.by_bearer((99).to_bytes(4)) is None
    assert found is not None
    assert named is not None
    stored, key_id, enabled = found
    assert (key_id, enabled) == (id_of(11), False)
    assert (stored.subject.user_id, stored.credentials) == (ADA.id, ())
    assert stored.subject.memberships == named.subject.memberships


def test_a_disabled_user_is_told_to_be(peopled: Database) -> None:
    with peopled.transaction() as t:
        t.users.set_enabled(ADA.id, enabled=False)
        named, found = t.subjects.by_name(ADA.username), t.subjects.by_bearer((10).to_bytes(4))
    assert named is not None
    assert found is not None
    assert (named.enabled, found[0].enabled) == (False, False)


def test_no_proof_is_shown(peopled: Database) -> None:
    with peopled.snapshot() as s:
        assert "10 ada" not in repr(s.subjects.by_name(ADA.username))


def test_a_proof_moved_to_another_row_does_not_open(peopled: Database) -> None:
    table = schema.api_key_proofs
    eves = sa.select(table.c.sealed).where(
        table.c.key_id == id_of(12), table.c.name == EVE.username, table.c.algorithm == "MD5"
    )
    with peopled.transaction() as t:
        t.connection.execute(
            sa.update(table)
            .where(table.c.key_id == id_of(10), table.c.algorithm == "MD5")
            .values(sealed=t.connection.execute(eves).scalar_one())
        )
        with pytest.raises(SealBroken):
            t.subjects.by_name(ADA.username)


def test_a_group_is_known_by_id_by_external_id_and_by_name(peopled: Database) -> None:
    with peopled.snapshot() as s:
        assert s.subjects.group(id_of(5)) == GroupState(id_of(5), True)
        for found in (s.subjects.group("g-6"), s.subjects.group_by_name("Group 6")):
            assert found == GroupState(id_of(6), False)
        assert s.subjects.group(id_of(99)) is s.subjects.group_by_name("group 6") is None


def test_an_observed_group_is_known_to_be(peopled: Database) -> None:
    with peopled.transaction() as t:
        assert not t.groups.list()[0].observed
        t.groups.set_observed(id_of(5), observed=True)
        state = GroupState(id_of(5), True, observed=True)
        assert t.subjects.group(id_of(5)) == state
        ada = t.subjects.by_name(ADA.username)
        assert ada is not None
        assert ada.subject.memberships[id_of(5)].group == state
        found = t.groups.get(id_of(5))
        assert found is not None
        assert found.observed
        t.groups.set_observed(id_of(5), observed=False)
        assert t.subjects.group(id_of(5)) == GroupState(id_of(5), True)


def test_a_user_is_known_with_his_groups(peopled: Database) -> None:
    with peopled.transaction() as t:
        t.users.add(user(3, "nobody"))
        ada = NamedUser(ADA.id, frozenset({id_of(5), id_of(6)}))
        assert t.subjects.user(ADA.id) == t.subjects.user_by_name(ADA.username) == ada
        assert t.subjects.user("hr-2") == NamedUser(EVE.id, frozenset({id_of(5)}))
        assert t.subjects.user(id_of(3)) == NamedUser(id_of(3))
        assert t.subjects.user(id_of(99)) is t.subjects.user_by_name("ADA@example.org") is None


def test_changes_are_told_from_an_epoch_on(peopled: Database) -> None:
    for number in (5, 6):
        with peopled.transaction() as t:
            t.changed("group", id_of(number))
    with peopled.snapshot() as s:
        assert s.subjects.epoch() == 3
        told = [[c.id for c in s.subjects.changes_since(epoch) or ()] for epoch in range(4)]
    assert told == [[ADA.id, id_of(5), id_of(6)], [id_of(5), id_of(6)], [id_of(6)], []]


def test_a_list_trimmed_too_far_tells_nothing(peopled: Database) -> None:
    for number in (5, 6):
        with peopled.transaction() as t:
            t.changed("group", id_of(number))
    with peopled.transaction() as t:
        t.connection.execute(sa.delete(schema.changes).where(schema.changes.c.epoch < 3))
        assert t.subjects.changes_since(1) is None
        assert [c.epoch for c in t.subjects.changes_since(2) or ()] == [3]


def test_a_subject_is_loaded_in_a_handful_of_queries(peopled: Database) -> None:
    with peopled.snapshot() as s, counted(s.connection) as seen:
        s.subjects.by_name(ADA.username)
    assert len(seen) <= 5


@pytest.mark.parametrize("name", ["nobody@example.org", id_of(99)])
def test_nobody_costs_as_many_queries_as_somebody(peopled: Database, name: str) -> None:
    with peopled.snapshot() as s:
        with counted(s.connection) as known:
            s.subjects.by_name(ADA.username)
        with counted(s.connection) as unknown:
            s.subjects.by_name(name)
    assert unknown == known


@contextmanager
def counted(connection: sa.Connection) -> Iterator[list[object]]:
    seen: list[object] = []

    def note(*arguments: object) -> None:
        seen.append(arguments[2])

    event.listen(connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection, "before_cursor_execute", note)
