"""Decisions as the command line tells them: a word, what each door answers, and the rule."""

from typing import NamedTuple

from keyreeve.api.described import OWN
from keyreeve.domain.decision import Allow, Challenge, Decision, Deny, Reason
from keyreeve.domain.explanation import Explanation
from keyreeve.judge.noting import Observing
from keyreeve.judge.verdict import Verdict

OK, UNAUTHORIZED, FORBIDDEN = 200, 401, 403
GATE_CODES = {Reason.OPERATION_UNKNOWN: "OPERATION_UNKNOWN"}
"""Where the gate says another code than the API and the middleware."""


class Outcome(NamedTuple):
    """What the caller would get, and why."""

    word: str
    """allow, challenge or deny."""
    status: int
    """Of the API and of the middleware."""
    gate_status: int
    reason: str | None = None
    rule: str | None = None
    """The number of the rule that said no."""
    code: str | None = None
    gate_code: str | None = None


def of(said: Decision) -> Outcome:
    """Return what a decision comes to."""
    match said:
        case Allow():
            return Outcome("allow", OK, OK)
        case Challenge(proof):
            return Outcome("challenge", UNAUTHORIZED, UNAUTHORIZED, proof.value, "1")
        case Deny(reason):
            code = reason.code
            gate_code = GATE_CODES.get(reason, code)
            status = OWN.statuses[code]
            return Outcome("deny", status, FORBIDDEN, reason.name, reason.rule, code, gate_code)


def overlooked(said: Explanation, observing: Observing) -> bool:
    """Tell whether doors in front of the guarded API only note this, and let the call through."""
    match said.decision:
        case Allow():
            return False
        case Challenge():
            return observing.overlooks_challenges
        case Deny():
            return observing.overlooks_denial(Verdict(said.decision, group=said.group))
