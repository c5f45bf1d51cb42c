"""The middleware says a denial as the public API does."""

import json
from typing import Any

import pytest

from keyreeve.api import problems
from keyreeve.domain.catalogue import Match
from keyreeve.domain.decision import Challenge, Deny, Proof, Reason
from keyreeve.domain.operation import Named, Operation
from keyreeve.enforcement import denials
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol import address

SCOPE: dict[str, Any] = {"raw_path": b"/groups/g1", "query_string": b""}


@pytest.mark.parametrize("reason", Reason)
def test_each_has_the_status_fields_and_members_of_the_public_api(reason: Reason) -> None:
    operation = Operation("read", "GET", "/groups/{g}", group=Named("g"), user=Named("g"))
    verdict = Verdict(
        Deny(reason),
        match=Match(operation, {"g": "g1"}),
        allowed_methods=("GET", "HEAD"),
        address=address.parse_address("192.0.2.1"),
        decision_id="d" * 24,
    )
    theirs, ours = problems.render(verdict, SCOPE), denials.render(verdict, SCOPE)
    assert ours[:2] == theirs[:2]
    assert json.loads(ours.body) == json.loads(theirs[2])


def test_what_is_no_denial_is_not_rendered() -> None:
    with pytest.raises(TypeError):
        denials.render(Verdict(Challenge(Proof.ABSENT)), SCOPE)
