"""The trace of a decision."""

from keyreeve.domain import trace
from keyreeve.domain.decision import ALLOW, Challenge, Deny, Proof, Reason
from keyreeve.domain.operation import Named, Operation

GUARDED = Operation("add", "POST", "/groups/{id}/x", group=Named("id"), whitelisted=True)
PLAIN = Operation("root", "GET", "/")


def replies(operation: Operation | None, decision: object) -> dict[str, str]:
    return {step.rule: step.reply for step in trace.trace(operation, decision)}  # type: ignore[arg-type]


def test_an_allow_answers_every_question_that_applies() -> None:
    assert replies(GUARDED, ALLOW) == {
        "1": "yes", "2": "yes", "3": "yes", "3b": "does not apply", "4": "yes", "5": "yes",
        "6": "yes", "7": "yes", "8": "yes",
    }  # fmt: skip
    assert {rule for rule, reply in replies(PLAIN, ALLOW).items() if reply == "yes"} == {
        "1", "2", "4", "5",
    }  # fmt: skip


def test_after_the_first_no_nothing_is_asked() -> None:
    told = replies(GUARDED, Deny(Reason.ROLE_MISSING))
    assert told["4"] == "yes"
    assert told["5"] == "no"
    assert {told[rule] for rule in ("6", "7", "8")} == {"not asked"}


def test_a_challenge_asks_only_for_proof() -> None:
    told = replies(GUARDED, Challenge(Proof.KEY_DISABLED))
    assert told.pop("1") == "no"
    assert set(told.values()) == {"not asked"}


def test_an_unknown_operation_and_a_wrong_method_fail_the_second_question() -> None:
    for reason in (Reason.OPERATION_UNKNOWN, Reason.METHOD_NOT_ALLOWED):
        told = replies(None, Deny(reason))
        assert (told["1"], told["2"], told["3"]) == ("yes", "no", "not asked")


def test_a_recorded_rule_tells_the_same() -> None:
    for reason in Reason:
        operation = None if reason.rule == "2" else GUARDED
        assert trace.steps(operation, reason.rule) == trace.trace(operation, Deny(reason))
    assert trace.steps(PLAIN, None) == trace.trace(PLAIN, ALLOW)
