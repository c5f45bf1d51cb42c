"""Every decision comes to what the doors really answer."""

import pytest

from keyreeve.cli import outcomes
from keyreeve.cli.outcomes import Outcome
from keyreeve.domain.decision import ALLOW, Challenge, Decision, Deny, Proof, Reason
from keyreeve.domain.explanation import Explanation
from keyreeve.domain.subject import GroupState
from keyreeve.enforcement import denials, gate_answers
from keyreeve.judge.noting import Observing
from keyreeve.judge.verdict import Verdict


def test_allow_and_challenge_are_the_same_at_every_door() -> None:
    assert outcomes.of(ALLOW) == Outcome("allow", 200, 200)
    told = outcomes.of(Challenge(Proof.KEY_DISABLED))
    assert told == Outcome("challenge", 401, 401, "key disabled", "1")


@pytest.mark.parametrize("reason", Reason)
def test_a_denial_comes_to_what_middleware_and_gate_answer(reason: Reason) -> None:
    verdict, told = Verdict(Deny(reason)), outcomes.of(Deny(reason))
    answer = denials.render(verdict, {"raw_path": b"/x", "query_string": b""})
    gate = gate_answers.deny(verdict, "/x", keep=True, head=False)
    assert (told.status, told.rule) == (answer.status, reason.rule)
    assert f'"errorCode":"{told.code}"'.encode() in answer.body.replace(b" ", b"")
    assert gate.startswith(f"HTTP/1.1 {told.gate_status} ".encode())
    assert f'"errorCode":"{told.gate_code}"'.encode() in gate


@pytest.mark.parametrize("said", [ALLOW, Challenge(Proof.KEY_UNKNOWN), Deny(Reason.ROLE_MISSING)])
@pytest.mark.parametrize("observed", [True, False])
def test_what_doors_only_note_is_overlooked(said: Decision, observed: bool) -> None:
    group = GroupState("a" * 24, public_api_enabled=True, observed=observed)
    told = Explanation(said, (), group=group)
    refused = said != ALLOW
    denied = isinstance(said, Deny)
    assert outcomes.overlooked(told, Observing()) == (denied and observed)
    assert outcomes.overlooked(told, Observing(everything=True)) == refused
    assert outcomes.overlooked(told, Observing(everything=True, keys_required=True)) == denied
