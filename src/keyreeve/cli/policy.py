"""`keyreeve policy test`: expectations of the rule, for a CI."""

from typing import Annotated, NamedTuple

from cyclopts import Parameter

from keyreeve.cli import outcomes, policy_files, policy_worlds
from keyreeve.cli.answers import Answer, Document
from keyreeve.cli.outcomes import Outcome
from keyreeve.cli.policy_files import Expectation, InvalidPolicy
from keyreeve.cli.policy_worlds import World
from keyreeve.domain.errors import Refusal
from keyreeve.domain.explanation import Explanation, Indescribable

FAILED = 1


class _Tried(NamedTuple):
    """One expectation, and what is really decided."""

    expectation: Expectation
    said: Explanation
    outcome: Outcome

    @property
    def holds(self) -> bool:
        return self.expectation.holds(self.outcome)


def test(file: Annotated[str, Parameter(name="FILE")], /) -> Answer:
    """Test a table of calls and what is expected of each; exit with 1 if any is decided otherwise.

    Nothing is called or changed. A file that brings its own users needs no installation.

    Parameters
    ----------
    file
        YAML or JSON, or - for standard input; docs/policy-test.md shows one.
    """
    whole, expectations = policy_files.read(file)
    with policy_worlds.of(file, whole) as world:
        tried = [_tried(world, expectation) for expectation in expectations]
    failed = [one for one in tried if not one.holds]
    document = {
        "expectations": len(tried),
        "failed": len(failed),
        "results": [_document(one) for one in tried],
    }
    one = len(tried) == 1
    count = "1 expectation" if one else f"{len(tried)} expectations"
    holds = "The expectation holds." if one else f"All of {count} hold."
    summary = f"{len(failed)} of {count} failed." if failed else holds
    text = "\n".join([*map(_line, failed), summary])
    return Answer(document, text, status=FAILED if failed else 0)


def _tried(world: World, expectation: Expectation) -> _Tried:
    try:
        said = world.explain(expectation)
    except InvalidPolicy:
        raise
    except (Refusal, Indescribable) as failure:
        raise InvalidPolicy(expectation.place, str(failure).rstrip(".")) from failure
    return _Tried(expectation, said, outcomes.of(said.decision))


def _line(one: _Tried) -> str:
    """Say what was expected, what was decided, and which rule said no."""
    expectation, outcome = one.expectation, one.outcome
    call = expectation.call
    asked = f"{expectation.user} {call.method} {call.target.raw}"
    if call.address is not None:
        asked += f" from {call.address}"
    got = " ".join(
        [outcome.word, str(outcome.status), *([outcome.reason] if outcome.reason else [])]
    )
    no = [f"; rule {s.rule} said no: {s.question}" for s in one.said.steps if s.reply == "no"]
    return f"{expectation.place}: {asked}: expected {expectation.expected}, got {got}{''.join(no)}"


def _document(one: _Tried) -> Document:
    expectation, outcome, operation = one.expectation, one.outcome, one.said.operation
    call = expectation.call
    return {
        "row": int(expectation.place.removeprefix("row ")),
        "user": expectation.user,
        "method": call.method,
        "path": call.target.raw,
        "address": None if call.address is None else str(call.address),
        "expected": expectation.expected,
        "holds": one.holds,
        "decision": outcome.word,
        "status": outcome.status,
        "gateStatus": outcome.gate_status,
        "rule": outcome.rule,
        "reason": outcome.reason,
        "errorCode": outcome.code,
        "operation": None if operation is None else operation.name,
    }
