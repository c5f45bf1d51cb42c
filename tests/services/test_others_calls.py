"""Who may have whose call explained, and what he does not learn by it."""

from dataclasses import replace
from typing import Any

import pytest

from keyreeve.api.described import OWN
from keyreeve.domain import explanation
from keyreeve.domain.catalogue import Catalogue
from keyreeve.domain.decision import ALLOW, Deny, Reason
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.role import GLOBAL_OWNER, GLOBAL_READ_ONLY
from keyreeve.services import api_keys, groups, others_calls, users, whitelists
from keyreeve.services.others_calls import OthersCall
from keyreeve.storage.database import Database
from services.people import CLI, house, made

BASE = OWN.bases[0]


@pytest.fixture
def people(database: Database) -> dict[str, Any]:
    """Ada owns a group with Bob (reads) and Eve (an Owner as well); Zoe is in one of her own."""
    with database.transaction() as t:
        group, ada, bob, eve = house(t, "bob:GROUP_READ_ONLY", "eve:GROUP_OWNER")
        zoe = made(t, "zoe")
        other = groups.create(t, CLI, name="Other", owner=zoe, public_api_enabled=True)
        groups.set_public_api(t, CLI, group, enabled=True)
        root = made(t, "root", global_roles=[GLOBAL_OWNER])
        watch = made(t, "watch", global_roles=[GLOBAL_READ_ONLY])
    return {
        "group": group, "other": other, "ada": ada, "bob": bob, "eve": eve, "zoe": zoe,
        "root": root, "watch": watch,
    }  # fmt: skip


def ask(database: Database, asking: Any, name: str, method: str, path: str) -> OthersCall | None:
    with database.snapshot() as s:
        stored = s.subjects.by_name(asking.username)
        assert stored is not None
        call = explanation.describe(method, BASE + path, "192.0.2.7")
        return others_calls.of(s, stored.subject, name, call, OWN.catalogue)


def test_an_owner_learns_what_members_may_do_in_his_group(
    database: Database, people: dict[str, Any]
) -> None:
    path = f"/groups/{people['group'].id}"
    for name, method, decision in (
        (people["bob"].username, "GET", ALLOW),
        (people["bob"].id, "GET", ALLOW),
        (people["bob"].username, "DELETE", Deny(Reason.OWNER_REQUIRED)),
    ):
        told = ask(database, people["ada"], name, method, path)
        assert told is not None
        assert (told.said.decision, told.depends) == (decision, False)
        assert told.username == people["bob"].username


def test_nobody_else_learns_anything_and_all_by_one_answer(
    database: Database, people: dict[str, Any]
) -> None:
    mine, other = f"/groups/{people['group'].id}", f"/groups/{people['other'].id}"
    ada, bob, zoe = people["ada"], people["bob"].username, people["zoe"].username
    for asking, name, path in (
        (people["bob"], ada.username, mine),
        (people["zoe"], bob, mine),
        (people["watch"], bob, mine),
        (ada, zoe, mine),
        (ada, "nobody@example.org", mine),
        (ada, people["root"].username, mine),
        (ada, bob, other),
        (ada, zoe, other),
        (ada, bob, f"/groups/{'f' * 24}"),
        (ada, bob, "/groups"),
        (ada, bob, "/nothing"),
        (ada, bob, f"/users/{people['eve'].id}"),
        (ada, bob, f"/users/{zoe}"),
        (ada, bob, "/groups/a%2Fb"),
    ):
        assert ask(database, asking, name, "GET", path) is None, (asking, name, path)


def test_a_call_that_names_a_user_as_well_is_not_explained(
    database: Database, people: dict[str, Any]
) -> None:
    """It would tell which users the other one sees."""
    plain = Operation("plain", "GET", "/g/{g}/u/{u}", group=Named("g"))
    path = f"{BASE}/g/{people['group'].id}/u/{people['zoe'].id}"
    call = explanation.describe("GET", path)
    with database.snapshot() as s:
        stored = s.subjects.by_name(people["ada"].username)
        assert stored is not None
        for operation, told in ((plain, True), (replace(plain, user=Named("u")), False)):
            known = Catalogue([operation], bases=[BASE])
            name = people["bob"].username
            assert bool(others_calls.of(s, stored.subject, name, call, known)) == told


def test_an_owner_of_all_groups_may_ask_about_everybody(
    database: Database, people: dict[str, Any]
) -> None:
    for name in ("zoe", "watch", "bob"):
        path = f"/groups/{people['other'].id}"
        assert ask(database, people["root"], people[name].username, "GET", path) is not None


def test_keys_and_whitelist_of_another_tell_nothing(
    database: Database, people: dict[str, Any]
) -> None:
    eve, path = people["eve"], f"/groups/{people['group'].id}"
    seen: dict[str, OthersCall] = {}
    for step in range(4):
        for method in ("GET", "DELETE"):
            told = ask(database, people["ada"], eve.username, method, path)
            assert told is not None
            assert told.depends == (method == "DELETE")
            assert seen.setdefault(method, told) == told
        with database.transaction() as t:
            if step == 0:
                whitelists.add(t, CLI, eve, [("192.0.2.7", "")])
            elif step == 1:
                api_keys.generate(t, CLI, eve, "key")
            else:
                users.disable(t, CLI, eve)


def test_a_key_id_is_no_name(database: Database, people: dict[str, Any]) -> None:
    with database.transaction() as t:
        key, _ = api_keys.generate(t, CLI, people["bob"], "key")
    assert ask(database, people["ada"], key.id, "GET", f"/groups/{people['group'].id}") is None
