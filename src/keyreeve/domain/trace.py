"""The trace of a decision: which questions were asked, and which got the first no."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from keyreeve.domain.decision import Allow, Challenge, Decision, Deny
from keyreeve.domain.operation import Operation

Reply: TypeAlias = Literal["yes", "no", "not asked", "does not apply"]

_QUESTIONS = {
    "1": "Does a live key of a live user prove the request?",
    "2": "Is the operation known?",
    "3": "Is the user in the group that the call names?",
    "3b": "May the user see the user that the call names?",
    "4": "Is the group's public API enabled?",
    "5": "Does a role there permit the operation?",
    "6": "Is the user an Owner there?",
    "7": "Does the user's whitelist hold an entry?",
    "8": "Is the caller's address on it?",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One rule, and what it said."""

    rule: str
    question: str
    reply: Reply


def trace(operation: Operation | None, decision: Decision) -> tuple[Step, ...]:
    """Return every rule in the order of asking; after the first no, nothing more is asked."""
    return steps(operation, _stop(decision))


def steps(operation: Operation | None, refused_by: str | None) -> tuple[Step, ...]:
    """Return the trace of a decision of which only the rule that said no is known, if one did."""
    found = []
    stopped = False
    for rule, question in _QUESTIONS.items():
        reply: Reply = "yes"
        if stopped:
            reply = "not asked"
        elif rule == refused_by:
            reply, stopped = "no", True
        elif not _applies(rule, operation):
            reply = "does not apply"
        found.append(Step(rule, question, reply))
    return tuple(found)


def _stop(decision: Decision) -> str | None:
    """Return the rule that said no."""
    match decision:
        case Allow():
            return None
        case Challenge():
            return "1"
        case Deny(reason):
            return reason.rule


def _applies(rule: str, operation: Operation | None) -> bool:
    """Tell whether an operation puts this question at all."""
    if operation is None:
        return rule in ("1", "2")
    if rule == "3":
        return operation.group is not None
    if rule == "3b":
        return operation.user is not None
    return rule not in ("6", "7", "8") or operation.whitelisted
