from dataclasses import replace
from typing import Any

import pytest

from keyreeve.domain.errors import DecisionNotFound
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.role import GLOBAL_OWNER, GLOBAL_READ_ONLY
from keyreeve.protocol.forwarded import Hop, Rule
from keyreeve.services import api_keys, catalogue, decisions
from keyreeve.storage.database import Database
from keyreeve.storage.records import AccessRecord, Batch, Count
from services.people import CLI, house, made

DENIED, COUNTED = "d" * 24, "c" * 24


def kept(database: Database, **about: Any) -> None:
    now = database.edge.now()
    row = AccessRecord(DENIED, now, "group.get", "GET", "/", "deny", "ROLE_MISSING", "5", **about)
    count = Count(about["key_id"], "root.get", None, now, 1, now, COUNTED)
    database.records.write(Batch(rows=[row], counts=[count]))


def test_a_decision_is_read_by_whom_it_was_about_and_by_owners(database: Database) -> None:
    with database.transaction() as t:
        group, ada, bob, eve = house(t, "bob:GROUP_READ_ONLY", "eve:GROUP_USER_ADMIN")
        strangers = [made(t, "zoe"), made(t, "watch", global_roles=[GLOBAL_READ_ONLY])]
        root = made(t, "root", global_roles=[GLOBAL_OWNER])
        key, _ = api_keys.generate(t, CLI, bob, "key")
    kept(database, user_id=bob.id, key_id=key.id, group_id=group.id)
    with database.snapshot() as s:
        for user, may in [(bob, True), (ada, True), (root, True), (eve, False)] + [
            (stranger, False) for stranger in strangers
        ]:
            stored = s.subjects.by_name(user.username)
            assert stored is not None
            for decision_id in (DENIED, COUNTED, "0" * 24):
                read = decision_id == DENIED or (decision_id == COUNTED and user == bob)
                if may and read:
                    found = decisions.find(s, database.records, stored.subject, decision_id)
                    assert found.decision_id == decision_id
                else:
                    with pytest.raises(DecisionNotFound, match=decision_id):
                        decisions.find(s, database.records, stored.subject, decision_id)


def test_a_decision_of_no_group_is_read_by_its_caller_alone(database: Database) -> None:
    with database.transaction() as t:
        ada, root = made(t), made(t, "root", global_roles=[GLOBAL_OWNER])
        key, _ = api_keys.generate(t, CLI, ada, "key")
    kept(database, user_id=ada.id, key_id=key.id)
    with database.snapshot() as s:
        for user, may in ((ada, True), (root, False)):
            stored = s.subjects.by_name(user.username)
            assert stored is not None
            record = database.records.decision(DENIED)
            assert record is not None
            assert decisions.is_own(s, record, stored.subject) == may
            assert not decisions.owns_group(record, stored.subject)


OWN = (
    Operation("group.get", "GET", "/groups/{g}", group=Named("g")),
    Operation("root", "GET", "/"),
)
THEIRS = (
    Operation("group.get", "GET", "/{g}", group=Named("g", source="header"), whitelisted=True),
    Operation("drop", "DELETE", "/jobs", whitelisted=True),
)
BASES = ("/api/public/v1.0", "/api/atlas/v1.0")


@pytest.mark.parametrize(
    ("name", "method", "target", "found"),
    [
        ("group.get", "GET", "/api/public/v1.0/groups/1", OWN[0]),
        ("group.get", "HEAD", "/api/atlas/v1.0/groups/1", OWN[0]),
        ("group.get", "GET", "/groups", THEIRS[0]),
        ("group.get", "HEAD", "/api/public/v1.00/groups", THEIRS[0]),
        ("drop", "DELETE", "/jobs", THEIRS[1]),
        ("drop", "DELETE", "/api/public/v1.0/jobs", THEIRS[1]),
        ("root", "GET", "/x", OWN[1]),
        ("root", "", "", OWN[1]),
        ("group.get", "", "", OWN[0]),
        ("drop", "", "", THEIRS[1]),
        ("", "GET", "/api/public/v1.0/x", None),
    ],
)
def test_a_decision_is_about_an_operation_of_ours_or_of_the_guarded_api(
    database: Database, name: str, method: str, target: str, found: Operation | None
) -> None:
    with database.transaction() as t:
        catalogue.replace(t, CLI, THEIRS)
    with database.snapshot() as s:
        record = AccessRecord(DENIED, database.edge.now(), name, method, target, "deny")
        assert decisions.operation(s, record, OWN, BASES) == found


def test_an_operation_that_left_its_catalogue_is_told_by_what_was_written(
    database: Database,
) -> None:
    gone = AccessRecord(DENIED, database.edge.now(), "gone", "POST", "/gone", "allow")
    with database.snapshot() as s:
        for record, whitelisted, group, user in (
            (gone, True, False, False),
            (replace(gone, group_id="a"), True, True, False),
            (replace(gone, method="", target=""), False, False, False),
            (replace(gone, outcome="deny", rule="8"), True, False, False),
            (replace(gone, outcome="deny", rule="3"), False, True, False),
            (replace(gone, outcome="deny", rule="3b"), False, False, True),
        ):
            found = decisions.operation(s, record, OWN, BASES)
            assert found is not None
            assert (found.whitelisted, bool(found.group), bool(found.user)) == (
                whitelisted, group, user,
            )  # fmt: skip


def test_the_way_is_known_of_what_was_kept_with_it(database: Database) -> None:
    bare = AccessRecord(DENIED, database.edge.now(), "gone", "POST", "/gone", "allow")
    assert decisions.way(bare) == ()
    way = (Hop("10.0.0.1", Rule.TRUSTED), Hop("192.0.2.1", Rule.CALLER))
    assert decisions.way(replace(bare, hops="10.0.0.1=trusted;192.0.2.1=caller")) == way
