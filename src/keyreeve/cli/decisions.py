"""`keyreeve decision`: what was decided about a call, by the id that its caller was told."""

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from keyreeve.api.described import OWN
from keyreeve.cli.answers import NOTHING, Answer, moment, table
from keyreeve.cli.installations import opened
from keyreeve.domain import trace
from keyreeve.domain.decision import Reason
from keyreeve.domain.errors import DecisionNotFound
from keyreeve.domain.trace import Step
from keyreeve.services import decisions
from keyreeve.storage.records import AccessRecord


def show(
    decision_id: Annotated[str, Parameter(name="ID", help="As a denial tells it to its caller.")], /
) -> Answer:
    """Show one decision on record: which call it was about, and what each rule said."""
    with opened() as database, database.snapshot() as s:
        record = database.records.decision(decision_id)
        if record is None:
            raise DecisionNotFound(decision_id)
        operation = decisions.operation(s, record, OWN.catalogue.operations, OWN.bases)
    denied = Reason.__members__.get(record.reason)
    steps = trace.steps(operation, denied.rule if denied else None)
    return _answer(record, steps)


def _answer(record: AccessRecord, steps: tuple[Step, ...]) -> Answer:
    way = decisions.way(record)
    address = None if record.address is None else str(record.address)
    document = {
        "id": record.decision_id,
        "created": moment(record.time),
        "outcome": record.outcome,
        "reason": record.reason or None,
        "operation": record.operation or None,
        "method": record.method or None,
        "target": record.target or None,
        "address": address,
        "hops": [{"name": hop.name, "rule": hop.rule.value} for hop in way],
        "username": record.username,
        "userId": record.user_id,
        "apiKeyId": record.key_id,
        "groupId": record.group_id,
        "trace": [asdict(step) for step in steps],
    }
    heading = " ".join(word for word in (record.outcome.upper(), record.reason) if word)
    call = f"{record.method} {record.target}".strip() or "a call of which only the count was kept"
    who = f"{record.username or NOTHING}, operation {record.operation or NOTHING}"
    lines = [heading, f"{who}, from {address or 'an unknown address'}, {document['created']}", call]
    rows = [(step.rule, step.reply, step.question) for step in steps]
    lines += ["", table(("RULE", "REPLY", "QUESTION"), rows, empty="")]
    if way:
        hops = [(hop.name, hop.rule.value) for hop in way]
        lines += ["", table(("HOP", "RULE"), hops, empty="")]
    return Answer(document, "\n".join(lines))
