"""An explanation says what the judge says of the same call, really signed; whatever is stored."""

import random
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest

from judge import court
from judge.court import Court, Key
from keyreeve.api import problems
from keyreeve.api.described import OWN
from keyreeve.domain import explanation
from keyreeve.domain.decision import ALLOW, Challenge, Decision, Deny, Proof, Reason
from keyreeve.domain.explanation import Explanation, Indescribable
from keyreeve.domain.group import Group
from keyreeve.domain.operation import ANY_ROLE, Named, Operation
from keyreeve.domain.role import GLOBAL_ROLES, GROUP_ROLES
from keyreeve.domain.user import User
from keyreeve.judge.judge import Judge
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol import address
from keyreeve.protocol.target import NotCanonical
from keyreeve.services import (
    api_keys,
    catalogue,
    explanations,
    groups,
    roles,
    users,
    whitelists,
)
from keyreeve.services.explanations import Which
from keyreeve.storage.database import Database

SEED = 1
DEPLOYER = "GROUP_DEPLOYER"
OWNERS, OTHERS = frozenset({"GROUP_OWNER"}), frozenset({DEPLOYER, "GROUP_READ_ONLY"})
METHODS = ("GET", "GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "TRACE")
ADDRESSES = ("192.0.2.7", "198.51.100.9", "2001:db8::1", None)
NETWORKS = ("192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "0.0.0.0/0", "203.0.113.0/24")
SOURCES = (Named("g"), Named("x-group", source="header"), None)


@dataclass
class World:
    """An installation made by chance."""

    house: Court
    chance: random.Random
    judges: dict[Which, Judge]
    users: list[User] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    keys: dict[str, list[Key]] = field(default_factory=dict)
    places: dict[str, list[Group]] = field(default_factory=dict)

    def some(self, *values: Any) -> Any:
        return self.chance.choice(values)

    def name(self, user: User) -> str:
        """Return what a path or a header may hold: something of his own, of others, or nothing."""
        if self.some(True, True, True, True, False):
            return str(self.some(user.id, *(2 * [group.id for group in self.places[user.id]])))
        ids = [*(g.id for g in self.groups), *(u.id for u in self.users)]
        names = [*(g.name for g in self.groups), *(u.username for u in self.users)]
        external = [g.external_id for g in self.groups if g.external_id]
        return str(self.some(*ids, *names, *external, "f" * 24, "a/b", "x"))


def world(database: Database) -> World:
    house = court.opened(database)
    own = Judge(
        database, OWN.catalogue, house.ledger, house.recorder,
        algorithms=("MD5",), nonce_seconds=court.NONCE_SECONDS, bearer=True,
    )  # fmt: skip
    guarding = court.judge_of(database, ledger=house.ledger, operations=None)
    return World(house, random.Random(SEED), {"own": own, "guarded": guarding})


def operations(found: World) -> list[Operation]:
    """Make a guarded API up, with groups named in every way."""
    some = found.some
    fixed = Named(found.house.group.id, source="fixed")
    return [
        Operation("deploy", "POST", "/d", frozenset({DEPLOYER})),
        *(
            Operation(
                f"o{number}",
                some("GET", "POST", "DELETE"),
                f"/o{number}/{{g}}",
                some(ANY_ROLE, OWNERS, OTHERS),
                whitelisted=some(True, False),
                group=some(*SOURCES, fixed),
                slash_in=some(frozenset({"g"}), frozenset()),
            )
            for number in range(12)
        ),
    ]


def settle(found: World, number: int) -> None:
    """Let somebody and a group appear, each as chance has it."""
    some, change = found.some, found.house.change
    user = change(users.create, username=f"u{number}@example.org", first_name="U", last_name="U")
    group = change(
        groups.create, name=f"g {number}", owner=None, public_api_enabled=some(True, True, False),
        external_id=some(f"p-{number}", None),
    )  # fmt: skip
    found.users.append(user)
    found.groups.append(group)
    found.places[user.id] = [some(*found.groups) for _ in range(some(0, 1, 1, 2))]
    for place in found.places[user.id]:
        change(roles.grant, user, place, some(*["GROUP_OWNER"] * 4, DEPLOYER, *sorted(GROUP_ROLES)))
    if some(True, False, False, False):
        change(roles.grant, user, None, some(*sorted(GLOBAL_ROLES)))
    for network in found.chance.sample(NETWORKS, some(0, 0, 1, 2)):
        change(whitelists.add, user, [(network, "")])
    found.keys[user.id] = [found.house.another_key(user) for _ in range(some(0, 1, 1, 2))]
    for key in found.keys[user.id]:
        if some(True, False, False, False):
            change(api_keys.set_enabled, user, key.id, enabled=False)
    if some(*([False] * 7), True):
        change(users.disable, user, force=True)


def best_key(found: World, user: User) -> Key:
    with found.house.database.snapshot() as s:
        enabled = {key.id for key in s.api_keys.list(user.id) if key.enabled}
    keys = sorted(found.keys[user.id], key=lambda key: key.id not in enabled)
    return keys[0] if keys else Key(user.username, "no key of his")


def made_up(found: World, guarded: list[Operation], user: User) -> tuple[Which, tuple[Any, ...]]:
    """Make a call up: which API, then method, path, address and headers."""
    api: Which = found.some("own", "guarded")
    operation = found.some(*(OWN.catalogue.operations if api == "own" else guarded))
    path = re.sub(
        r"{\w+}",
        lambda _: quote(found.name(user), safe="@").replace("%20", "-"),
        operation.template,
    )
    path += found.some(*[""] * 30, "/unknown")
    path = (OWN.bases[0] if api == "own" else "") + path + found.some("", "", "?pretty=true", "/")
    method = found.some(*[operation.method] * 20, *METHODS)
    headers = [f"X-Group: {found.name(user)}" for _ in range(found.some(0, 1, 1, 1, 2))]
    return api, (method, path.replace("//", "/"), found.some(*ADDRESSES), headers)


def judged(found: World, api: Which, user: User, call: tuple[Any, ...]) -> Verdict:
    """Sign a call, and let the judge decide it."""
    method, path, caller, headers = call
    fields = [tuple(part.encode() for part in line.split(": ")) for line in headers]
    where = None if caller is None else address.parse_address(caller)
    key = best_key(found, user)
    signed = found.house.signed(method, path, key=key, address=where, fields=fields)
    return found.judges[api].judge(signed)


def explained(found: World, api: Which, user: User, call: tuple[Any, ...]) -> Explanation:
    with found.house.database.snapshot() as s:
        known = explanations.catalogue(s, OWN, api)
        return explanations.of(s, user, explanation.describe(*call), known)


def agree(found: World, api: Which, user: User, call: tuple[Any, ...]) -> Decision | None:
    """See that both say the same, and return it; None where no door would ask."""
    try:
        verdict = judged(found, api, user, call)
    except NotCanonical:
        with pytest.raises(Indescribable):
            explained(found, api, user, call)
        return None
    said = explained(found, api, user, call)
    assert said.decision == verdict.decision, (user, call)
    assert said.operation == (verdict.match and verdict.match.operation)
    assert said.methods == verdict.allowed_methods
    assert (said.group, said.user) == (verdict.group, verdict.user)
    no = [step.rule for step in said.steps if step.reply == "no"]
    if isinstance(verdict.decision, Deny):
        reason = verdict.decision.reason
        scope = {"raw_path": call[1].encode(), "query_string": b""}
        assert OWN.statuses[reason.code] == problems.render(verdict, scope)[0]
        assert no == [reason.rule]
    else:
        assert no == (["1"] if isinstance(verdict.decision, Challenge) else [])
    return verdict.decision


def test_an_explanation_says_what_the_judge_says(database: Database) -> None:
    found = world(database)
    met = set()
    for number in range(12):
        guarded = operations(found)
        found.house.change(catalogue.replace, guarded)
        settle(found, number)
        for _ in range(100):
            user = found.some(*found.users)
            api, call = made_up(found, guarded, user)
            met.add(agree(found, api, user, call))
    reasons = {said.reason for said in met if isinstance(said, Deny)}
    proofs = {said.proof for said in met if isinstance(said, Challenge)}
    assert reasons == set(Reason), "chance left something out"
    assert proofs >= {Proof.KEY_UNKNOWN, Proof.KEY_DISABLED, Proof.USER_DISABLED}
    assert met >= {ALLOW, None}


class TestProof:
    def test_the_best_key_counts_and_a_disabled_user_has_none(self, database: Database) -> None:
        house = court.opened(database)
        bob = house.another_user("bob@example.org")

        def proof() -> Proof:
            with database.snapshot() as s:
                return explanations.proof(s, s.subjects.by_name(bob.username))

        assert proof() is Proof.KEY_UNKNOWN
        first, second = house.another_key(bob), house.another_key(bob)
        house.change(api_keys.set_enabled, bob, first.id, enabled=False)
        assert proof() is Proof.HOLDS
        house.change(api_keys.set_enabled, bob, second.id, enabled=False)
        assert proof() is Proof.KEY_DISABLED
        house.change(users.disable, bob)
        assert proof() is Proof.USER_DISABLED


@pytest.mark.parametrize(
    ("path", "api"),
    [
        ("/api/public/v1.0", "own"),
        ("/api/public/v1.0?a=/x", "own"),
        ("/api/atlas/v1.0/groups", "own"),
        ("/api/public/v1.00/groups", "guarded"),
        ("/api/public", "guarded"),
        ("/clusters?next=/api/public/v1.0/", "guarded"),
    ],
)
def test_what_lies_below_our_own_paths_is_our_own_api(path: str, api: Which) -> None:
    assert explanations.which(OWN, explanation.describe("GET", path)) == api


def test_without_a_catalogue_of_the_guarded_api_nothing_is_known(database: Database) -> None:
    house = court.opened(database)
    with database.snapshot() as s:
        known = explanations.catalogue(s, OWN, "guarded")
        said = explanations.of(s, house.ada, explanation.describe("GET", "/x"), known)
    assert said.decision == Deny(Reason.OPERATION_UNKNOWN)
