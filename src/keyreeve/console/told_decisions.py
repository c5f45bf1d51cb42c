"""Decisions on record, told to whom they were about and to Owners of the group."""

import re
from dataclasses import asdict

from keyreeve.console import explained, times
from keyreeve.console.admission import Admitted
from keyreeve.console.explained import StepRow, Told
from keyreeve.console.visit import Visit
from keyreeve.domain import trace
from keyreeve.domain.decision import Reason
from keyreeve.domain.errors import DecisionNotFound
from keyreeve.domain.operation import Operation
from keyreeve.services import decisions
from keyreeve.storage.records import AccessRecord
from keyreeve.storage.transaction import Snapshot

OVERLOOKED = "overlooked"
_ID = re.compile(r"[0-9a-f]{24}")


def tell(visit: Visit, s: Snapshot, admitted: Admitted, decision_id: str) -> Told | None:
    """Tell what was decided and why; None if there is none, or it is not the visitor's to read."""
    if not _ID.fullmatch(decision_id):
        return None
    own, subject = visit.house.own, admitted.subject
    try:
        record = decisions.find(s, visit.database.records, subject, decision_id)
    except DecisionNotFound:
        return None
    operation = decisions.operation(s, record, own.catalogue.operations, own.bases)
    denied = Reason.__members__.get(record.reason)
    steps = trace.steps(operation, denied.rule if denied else None)
    refused = denied is not None and record.outcome != OVERLOOKED
    return Told(
        "refused" if refused else "allowed",
        *_headline(record, denied),
        _facts(visit, s, admitted, record, operation, denied),
        tuple(StepRow(**asdict(step)) for step in steps),
        hops=explained.hop_rows(decisions.way(record)),
    )


def _headline(record: AccessRecord, denied: Reason | None) -> tuple[str, str]:
    if record.outcome == OVERLOOKED:
        by = f" by rule {denied.rule}" if denied else ""
        return f"Was let through, would be refused{by}", "The API was only observed."
    if denied:
        return f"Was refused by rule {denied.rule}", "The first no decided."
    return "Was allowed", "Every question that applied got a yes."


def _facts(  # noqa: PLR0913, PLR0917 - what one decision consists of
    visit: Visit,
    s: Snapshot,
    admitted: Admitted,
    record: AccessRecord,
    operation: Operation | None,
    denied: Reason | None,
) -> tuple[tuple[str, str], ...]:
    facts = {
        "Decision": record.decision_id,
        "Time": times.moment(record.time, visit.house.edge.now()).full,
        "Call": f"{record.method} {record.target}".strip(),
        "By": record.username or "",
        "From": "an unknown address" if record.address is None else str(record.address),
        "Operation": record.operation or "unknown",
        "Whitelisted": "yes" if operation is not None and operation.whitelisted else "",
        "Group ID": decisions.shown_group(record, admitted.subject) or "",
        "Let in by": ", ".join(decisions.entries(s, record, admitted.subject)),
        "Answer": denied.code if denied else "",
    }
    return tuple((label, value) for label, value in facts.items() if value)
