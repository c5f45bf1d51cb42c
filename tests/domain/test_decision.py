"""The rule against its golden table, and the table against the policy told in other words."""

from collections.abc import Iterator
from itertools import pairwise

import made
from domain import golden
from domain.golden import Case
from keyreeve.domain.decision import ALLOW, AccessRequest, Challenge, Deny, Proof, Reason, decide

HIGHEST = {"GLOBAL_OWNER": "GROUP_OWNER", "GLOBAL_USER_ADMIN": "GROUP_USER_ADMIN"}
LISTED = {
    ("listed", "IPv4"),
    ("listed", "IPv6"),
    ("0.0.0.0/0", "IPv4"),
    ("0.0.0.0/0", "IPv6"),
    ("::/0", "IPv6"),
}


def committed() -> Iterator[tuple[Case, str]]:
    """Read the rows of the file as a reviewer does: by its columns."""
    header, *lines = golden.FILE.read_text().splitlines()
    places = [header.index(name) for name in header.split()] + [None]
    for line in lines:
        cells = [line[a:b].strip() for a, b in pairwise(places)]
        yield Case(*cells[:-1]), cells[-1]


def test_the_rule_says_what_the_golden_table_says() -> None:
    assert golden.render() == golden.FILE.read_text()


def test_the_golden_table_is_large_and_no_row_stands_twice() -> None:
    rows = [case for case, _ in committed()]
    assert len(rows) >= 512
    assert len(rows) == len(set(rows))


def test_every_proof_reason_and_answer_stands_in_the_table() -> None:
    answers = {answer for _, answer in committed()}
    said = {f"deny {reason.rule} {reason.code}" for reason in Reason}
    assert answers == said | {"allow", "challenge", "challenge stale"}
    assert {case.proof for case, _ in committed()} == {proof.value for proof in Proof}


def test_the_golden_table_is_the_policy() -> None:
    for case, answer in committed():
        assert answer == policy(case), case


def policy(case: Case) -> str:
    """Tell the policy once more, from the words of a row and without the code of the rule."""
    if case.proof != "holds":
        return "challenge stale" if case.proof == "nonce stale" else "challenge"
    if case.operation == "unknown":
        return "deny 2 RESOURCE_NOT_FOUND"
    if case.operation == "other-method":
        return "deny 2 METHOD_NOT_ALLOWED"
    everywhere = "GLOBAL" in case.role
    if case.group == "absent" or (case.group == "outsider" and not everywhere):
        return "deny 3 GROUP_NOT_FOUND"
    read_by_others = case.operation in {"user", "member"}
    known = {"-", "self"} if not read_by_others else {"-", "self", "mate"}
    if case.user not in known and not (case.user != "absent" and read_by_others and everywhere):
        return "deny 3b USER_NOT_FOUND"
    return in_groups(case)


def in_groups(case: Case) -> str:
    """Rules 4 to 8: collect the places whose API is open, and look for the first that will do."""
    roles = [] if case.role == "-" else case.role.split(",")
    twins = {HIGHEST.get(role, "GROUP_READ_ONLY") for role in roles if role.startswith("GLOBAL")}
    if case.group != "-":
        places = [{*roles} | twins] if case.api == "on" else []
    else:
        places = [{role[3:]} | twins for role in roles if role.startswith("on:")]
        places += [twins] if twins else []
    if not places:
        return "deny 4 GROUP_PUBLIC_API_DISABLED"
    writing = case.operation in {"write", "guarded", "own-write"}
    enough = {"GROUP_OWNER", "GROUP_USER_ADMIN", "GROUP_DEPLOYER"} | (
        set() if writing else {"GROUP_READ_ONLY"}
    )
    places = [place & enough for place in places if place & enough]
    if not places:
        return "deny 5 USER_UNAUTHORIZED"
    return "allow" if "guarded" not in case.operation else from_there(case, places)


def from_there(case: Case, places: list[set[str]]) -> str:
    """Rules 6 to 8."""
    if not any("GROUP_OWNER" in place for place in places):
        return "deny 6 USER_UNAUTHORIZED"
    if case.list == "-":
        return "deny 7 RESOURCE_REQUIRES_WHITELIST"
    listed = (case.list, case.address) in LISTED
    return "allow" if listed else "deny 8 IP_ADDRESS_NOT_ON_WHITELIST"


def test_an_operation_without_a_group_is_judged_without_one_even_if_a_group_is_handed_in() -> None:
    caller = made.subject({made.GROUP_ID: ["GROUP_OWNER"]}, closed=[made.GROUP_ID])
    named = next(iter(caller.memberships.values())).group
    request = AccessRequest(Proof.HOLDS, made.operation(template="/users"), group=named)
    assert decide(caller, request) == Deny(Reason.GROUP_PUBLIC_API_DISABLED)


def test_a_proof_without_a_subject_is_challenged() -> None:
    operation = made.operation(template="/users")
    assert isinstance(decide(None, AccessRequest(Proof.HOLDS, operation)), Challenge)


def test_only_a_right_digest_on_an_old_nonce_is_called_stale() -> None:
    assert [proof for proof in Proof if Challenge(proof).stale] == [Proof.NONCE_STALE]


def test_an_allow_is_one_value() -> None:
    caller = made.subject({made.GROUP_ID: ["GROUP_READ_ONLY"]})
    assert decide(caller, AccessRequest(Proof.HOLDS, made.operation(template="/"))) is ALLOW
