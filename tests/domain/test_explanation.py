"""Calls that are described, and what is said of them."""

import pytest

from keyreeve.domain import explanation
from keyreeve.domain.catalogue import Catalogue
from keyreeve.domain.decision import ALLOW, Challenge, Deny, NamedUser, Proof, Reason
from keyreeve.domain.explanation import Described, Explanation, Indescribable
from keyreeve.domain.naming import By
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.role import GROUP_OWNER
from keyreeve.domain.subject import GroupState, Membership, Subject
from keyreeve.domain.whitelist import Whitelist
from keyreeve.protocol import address, target

OPEN = GroupState("a" * 24, public_api_enabled=True)
HOME = address.parse_network("192.0.2.0/24")
ADA = Subject(
    "1" * 24,
    "ada@example.org",
    {OPEN.id: Membership(OPEN, frozenset({GROUP_OWNER}))},
    whitelist=Whitelist({HOME: "e1"}),
)
CATALOGUE = Catalogue(
    (
        Operation("list", "GET", "/jobs", group=Named("x-group", source="header")),
        Operation("drop", "DELETE", "/jobs/{job}", whitelisted=True),
        Operation("file", "GET", "/files/{name}", slash_in=frozenset({"name"})),
    )
)


class Nobody:
    """A directory in which nothing stands."""

    def group(self, by: By, value: str) -> GroupState | None:
        raise AssertionError((by, value))

    def user(self, by: By, value: str) -> NamedUser | None:
        raise AssertionError((by, value))


def explain(
    method: str,
    path: str,
    caller: str | None = None,
    *,
    headers: tuple[str, ...] = (),
    proof: Proof = Proof.HOLDS,
) -> Explanation:
    call = explanation.describe(method, path, caller, headers)
    return explanation.explain(ADA, proof, call, CATALOGUE, Nobody())


def test_a_call_is_read_as_doors_read_it() -> None:
    call = explanation.describe("GET", "/a?b", "::ffff:192.0.2.7", ("X-Group:  p-1 ", "x: é"))
    assert call == Described(
        "GET",
        target.parse("/a?b"),
        address.parse_address("192.0.2.7"),
        ((b"X-Group", b"p-1"), (b"x", b"\xe9")),
    )


@pytest.mark.parametrize(
    ("described", "part"),
    [
        (("", "/a"), "method"),
        (("GE T", "/a"), "method"),
        (("G" * 33, "/a"), "method"),
        (("GET", "/a/../b"), "path"),
        (("GET", "a"), "path"),
        (("GET", "https://example.org/a"), "path"),
        (("GET", "/ä"), "path"),
        (("GET", "/\u2028"), "path"),
        (("GET", "/a", "010.0.0.1"), "address"),
        (("GET", "/a", "192.0.2.0/24"), "address"),
        (("GET", "/a", None, ("X-Group",)), "header"),
        (("GET", "/a", None, ("X Group: a",)), "header"),
        (("GET", "/a", None, ("X-Group: a\r\nb: c",)), "header"),
        (("GET", "/a", None, ("X-Group: \u20ac",)), "header"),
    ],
)
def test_what_no_door_would_read_is_refused_by_its_part(
    described: tuple[str, str], part: str
) -> None:
    with pytest.raises(Indescribable) as refused:
        explanation.describe(*described)
    assert refused.value.part == part
    assert refused.value.reason


def test_an_escaped_slash_where_none_may_stand_is_refused() -> None:
    assert explain("GET", "/files/a%2Fb").decision == ALLOW
    with pytest.raises(Indescribable) as refused:
        explain("DELETE", "/jobs/a%2Fb")
    assert refused.value.part == "path"


def test_a_group_is_read_from_the_header_that_the_operation_names() -> None:
    said = explain("GET", "/jobs", headers=(f"X-GROUP: {OPEN.id}",))
    assert (said.decision, said.group) == (ALLOW, OPEN)


def test_head_is_judged_as_get_and_another_method_tells_the_known_ones() -> None:
    said = explain("HEAD", "/files/a")
    assert said.operation is not None
    assert (said.operation.name, said.decision) == ("file", ALLOW)
    said = explain("PUT", "/files/a")
    assert (said.methods, said.decision) == (("GET", "HEAD"), Deny(Reason.METHOD_NOT_ALLOWED))
    assert explain("GET", "/x").decision == Deny(Reason.OPERATION_UNKNOWN)


def test_the_address_counts_where_the_operation_is_whitelisted() -> None:
    assert explain("DELETE", "/jobs/1", "192.0.2.7").decision == ALLOW
    said = explain("DELETE", "/jobs/1")
    assert said.decision == Deny(Reason.ADDRESS_NOT_LISTED)
    assert [step.rule for step in said.steps if step.reply == "no"] == ["8"]


def test_without_a_proof_nothing_is_looked_up() -> None:
    said = explain("GET", "/jobs", proof=Proof.KEY_DISABLED)
    assert (said.decision, said.group) == (Challenge(Proof.KEY_DISABLED), None)
    assert [step.reply for step in said.steps[:2]] == ["no", "not asked"]
    call = explanation.describe("GET", "/jobs")
    told = explanation.explain(None, Proof.HOLDS, call, CATALOGUE, Nobody())
    assert isinstance(told.decision, Challenge)
