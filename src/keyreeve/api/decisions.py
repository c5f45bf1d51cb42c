"""Decisions: why a call was let through or not, rule by rule."""

from msgspec import UNSET, UnsetType

from keyreeve.api import callers
from keyreeve.api.call import Call
from keyreeve.api.callers import HopDocument
from keyreeve.api.links import BASES
from keyreeve.api.representation import Document, Link, Reply, moment
from keyreeve.api.routes import Reading, Route
from keyreeve.domain import trace
from keyreeve.domain.decision import Reason
from keyreeve.domain.operation import Operation
from keyreeve.services import decisions
from keyreeve.storage.records import AccessRecord
from keyreeve.storage.transaction import Snapshot


class StepDocument(Document, frozen=True):
    """One rule, and what it said: yes, no, not asked, or does not apply."""

    rule: str
    question: str
    reply: str


class DecisionDocument(Document, frozen=True):
    """One decision. Of an Allow that was only counted no more is kept than what is counted."""

    id: str
    created: str
    outcome: str
    operation: str
    whitelisted: bool
    trace: list[StepDocument]
    links: list[Link]
    error_code: str | UnsetType = UNSET
    rule: str | UnsetType = UNSET
    method: str | UnsetType = UNSET
    target: str | UnsetType = UNSET
    address: str | UnsetType = UNSET
    hops: list[HopDocument] | UnsetType = UNSET
    api_key_id: str | UnsetType = UNSET
    user_id: str | UnsetType = UNSET
    username: str | UnsetType = UNSET
    group_id: str | UnsetType = UNSET
    whitelist_entries: list[str] | UnsetType = UNSET


def get(call: Call, s: Snapshot) -> Reply:
    """Read a decision about one of the caller's keys, or about a group that he owns."""
    record = decisions.find(s, call.records, call.subject, call.parameters["decisionId"])
    return Reply(200, _document(call, s, record))


def _document(call: Call, s: Snapshot, record: AccessRecord) -> DecisionDocument:
    operation = decisions.operation(s, record, call.operations, BASES)
    denied = Reason.__members__.get(record.reason)
    steps = trace.steps(operation, denied.rule if denied else None)
    return DecisionDocument(
        id=record.decision_id,
        created=moment(record.time),
        outcome=record.outcome,
        operation=record.operation,
        whitelisted=operation is not None and operation.whitelisted,
        trace=[StepDocument(step.rule, step.question, step.reply) for step in steps],
        links=[call.links.own("decisions", record.decision_id)],
        error_code=denied.code if denied else UNSET,
        rule=denied.rule if denied else UNSET,
        method=record.method or UNSET,
        target=record.target or UNSET,
        address=UNSET if record.address is None else str(record.address),
        hops=callers.hop_documents(decisions.way(record)) or UNSET,
        api_key_id=record.key_id or UNSET,
        user_id=record.user_id or UNSET,
        username=record.username or UNSET,
        group_id=decisions.shown_group(record, call.subject) or UNSET,
        whitelist_entries=list(decisions.entries(s, record, call.subject)) or UNSET,
    )


routes: tuple[Route, ...] = (
    Reading(
        Operation(
            "decision.get",
            "GET",
            "/decisions/{decisionId}",
            summary="Read why a call was let through or not: yours, or one in a group you own.",
            answers={200: DecisionDocument},
            errors=("DECISION_NOT_FOUND",),
        ),
        get,
    ),
)
