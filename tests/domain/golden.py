"""The golden table: every kind of call, and what the rule says to it.

`python tests/domain/golden.py --write` writes `decisions.txt` anew; its diff is the change of
policy. In its columns, `member` and the like say how the caller stands to the group or the user
that the path names; where it names no group, `on:ROLE,off:ROLE` are his groups, with their API on
or off. Besides, whoever calls an operation of a group is the Owner of another, open one.
"""

import sys
from collections.abc import Callable, Iterator
from itertools import chain, combinations_with_replacement, product
from pathlib import Path
from typing import Any, NamedTuple

from keyreeve.domain.decision import AccessRequest, NamedUser, Proof, decide
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.role import everywhere
from keyreeve.domain.subject import GroupState, Membership, Subject
from keyreeve.domain.whitelist import Whitelist
from keyreeve.protocol.address import parse_address, parse_network

FILE = Path(__file__).with_name("decisions.txt")

OWNER, ADMIN, READER = "GROUP_OWNER", "GROUP_USER_ADMIN", "GROUP_READ_ONLY"
DEPLOYER = "GROUP_DEPLOYER"
"""A role that only a catalogue names."""
GROUP_ROLES = (READER, ADMIN, OWNER, DEPLOYER)
GLOBAL_ROLES = ("GLOBAL_READ_ONLY", "GLOBAL_USER_ADMIN", "GLOBAL_OWNER")
SOME = frozenset({OWNER, ADMIN, DEPLOYER})
GROUP, USER = Named("groupId"), Named("userId")
HERE, ELSEWHERE, SELF = "here", "elsewhere", "ada"

OPERATIONS = (
    Operation("read", "GET", "/groups/{groupId}", group=GROUP),
    Operation("write", "PATCH", "/groups/{groupId}", group=GROUP, roles=SOME),
    Operation("guarded", "POST", "/groups/{groupId}", group=GROUP, roles=SOME, whitelisted=True),
    Operation("own", "GET", "/"),
    Operation("own-write", "PATCH", "/", roles=SOME),
    Operation("own-guarded", "POST", "/", whitelisted=True),
    Operation("user", "GET", "/users/{userId}", user=USER),
    Operation("user-write", "PATCH", "/users/{userId}", user=USER),
    Operation("keys", "GET", "/users/{userId}/apiKeys", user=USER, self_only=True),
    Operation("member", "GET", "/groups/{groupId}/{userId}", group=GROUP, user=USER),
)
BY_NAME = {operation.name: operation for operation in OPERATIONS}
"""`unknown` and `other-method` are the calls that find none of them."""

LISTS = {
    "-": (),
    "other": ("198.51.100.0/24", "2001:db8:2::/48"),
    "listed": ("192.0.2.0/24", "2001:db8:1::/48"),
    "0.0.0.0/0": ("0.0.0.0/0",),
    "::/0": ("::/0",),
}
ADDRESSES = {"IPv4": "192.0.2.7", "IPv6": "2001:db8:1::7", "unknown": None}


class Case(NamedTuple):
    """The first columns of a row."""

    operation: str
    proof: str = "holds"
    group: str = "-"
    user: str = "-"
    role: str = "-"
    api: str = "-"
    list: str = "-"
    address: str = "IPv4"


def cases() -> Iterator[Case]:
    """Yield every row, each once."""
    return iter(
        dict.fromkeys(
            chain(_of_proofs(), _of_unknown(), _of_a_group(), _of_no_group(), _of_a_user())
        )
    )


def _of_proofs() -> Iterator[Case]:
    for proof, operation in product(Proof, ("read", "guarded", "unknown")):
        yield Case(operation, proof.value, "member", "-", OWNER, "on", "listed")


def _of_unknown() -> Iterator[Case]:
    for operation, role in product(("unknown", "other-method"), ("-", "GLOBAL_OWNER")):
        yield Case(operation, role=role, list="0.0.0.0/0")


def _of_a_group() -> Iterator[Case]:
    outside = product(("outsider", "absent"), ("-", *GLOBAL_ROLES))
    inside = product(("member",), ("-", *GROUP_ROLES, *GLOBAL_ROLES, f"{READER},GLOBAL_OWNER"))
    for (group, role), api in product([*outside, *inside], ("on", "off")):
        yield Case("read", "holds", group, "-", role, api)
        yield Case("write", "holds", group, "-", role, api)
        for entries, address in product(LISTS, ADDRESSES):
            yield Case("guarded", "holds", group, "-", role, api, entries, address)


def _of_no_group() -> Iterator[Case]:
    for role in _roles_in_some_groups():
        yield Case("own", role=role)
        yield Case("own-write", role=role)
        yield Case("own-guarded", role=role)
        yield Case("own-guarded", role=role, list="listed")
    for role, entries, address in product((f"on:{OWNER}", "GLOBAL_OWNER"), LISTS, ADDRESSES):
        yield Case("own-guarded", role=role, list=entries, address=address)


def _of_a_user() -> Iterator[Case]:
    held = (f"on:{OWNER}", f"on:{READER}", f"off:{OWNER}", f"on:{READER},GLOBAL_READ_ONLY")
    for operation, user, role in product(
        ("user", "user-write", "keys"),
        ("self", "mate", "stranger", "absent"),
        ("-", *GLOBAL_ROLES, *held),
    ):
        if user != "mate" or ":" in role:
            yield Case(operation, user=user, role=role)
    for group, user, api in product(
        ("member", "outsider", "absent"), ("self", "mate", "stranger", "absent"), ("on", "off")
    ):
        if group == "member" or user != "mate":
            yield Case("member", "holds", group, user, READER if group == "member" else "-", api)


def _roles_in_some_groups() -> Iterator[str]:
    one = [f"{api}:{role}" for api in ("on", "off") for role in ("-", READER, ADMIN, OWNER)]
    yield "-"
    yield from one
    yield from (",".join(pair) for pair in combinations_with_replacement(one, 2))
    for role in GLOBAL_ROLES:
        yield role
        yield from (f"{place},{role}" for place in one)


def subject(case: Case) -> Subject:
    """Return the caller of a row."""
    held = [] if case.role == "-" else case.role.split(",")
    all_over = everywhere(frozenset(role for role in held if role in GLOBAL_ROLES))
    places: dict[str, tuple[bool, frozenset[str]]] = {}
    if case.group != "-":
        places[ELSEWHERE] = (True, frozenset({OWNER}))
    if case.group == "member":
        places[HERE] = (case.api == "on", frozenset(role for role in held if role in GROUP_ROLES))
    for number, place in enumerate(role for role in held if ":" in role):
        api, _, role = place.partition(":")
        places[f"group {number}"] = (api == "on", frozenset({role} - {"-"}))
    memberships = {
        name: Membership(GroupState(name, public_api_enabled=api), roles | all_over)
        for name, (api, roles) in places.items()
    }
    networks = {parse_network(text): text for text in LISTS[case.list]}
    return Subject(SELF, "ada@example.org", memberships, all_over, Whitelist(networks))


def request(case: Case, caller: Subject) -> AccessRequest:
    """Return the request of a row."""
    exists = case.group in {"member", "outsider"}
    users = {
        "self": NamedUser(SELF, frozenset(caller.memberships)),
        "mate": NamedUser("grace", frozenset({*list(caller.memberships)[-1:], "a third"})),
        "stranger": NamedUser("mallory", frozenset({"a third"})),
    }
    address = ADDRESSES[case.address]
    return AccessRequest(
        proof=Proof(case.proof),
        operation=BY_NAME.get(case.operation),
        path_known=case.operation == "other-method",
        group=GroupState(HERE, public_api_enabled=case.api == "on") if exists else None,
        user=users.get(case.user),
        address=parse_address(address) if address else None,
    )


def say(decision: Any) -> str:
    """Write a decision as it stands in the last column."""
    match type(decision).__name__:
        case "Allow":
            return "allow"
        case "Challenge":
            return "challenge stale" if decision.stale else "challenge"
        case _:
            return f"deny {decision.reason.rule} {decision.reason.code}"


def render(rule: Callable[[Subject, AccessRequest], Any] = decide) -> str:
    """Write the whole table."""
    rows: list[tuple[str, ...]] = [(*Case._fields, "decision")]
    for case in cases():
        caller = subject(case)
        rows.append((*case, say(rule(caller, request(case, caller)))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        FILE.write_text(render())
    elif render() != FILE.read_text():
        sys.exit(f"{FILE.name} does not say what the rule says; --write writes it anew")
