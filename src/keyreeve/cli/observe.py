"""`keyreeve observe`: who would have been refused where doors only observe."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from keyreeve.cli import snippets
from keyreeve.cli.answers import NEVER, NOTHING, Answer, Document, moment, table
from keyreeve.cli.installations import opened
from keyreeve.domain import discovered
from keyreeve.domain.discovered import Called, Discovered
from keyreeve.domain.group import Group
from keyreeve.services import groups, observing, proposals
from keyreeve.services.observing import Refused
from keyreeve.services.proposals import Proposal
from keyreeve.storage.observations import MERGED, Kind
from keyreeve.storage.transaction import Snapshot

SHOWN = 50
"""Lines of the table; `--json` has them all."""
ENFORCED = "KEYREEVE_MODE is enforce here, and no group is observed."
UNKNOWN_REASONS = frozenset({"OPERATION_UNKNOWN", "METHOD_NOT_ALLOWED"})


def report(
    *,
    days: Annotated[int, Parameter(validator=Number(gte=1, lte=3650))] = 7,
    group: str | None = None,
) -> Answer:
    """Tell which calls were let through and would have been refused, and what would change that.

    Parameters
    ----------
    days
        How far to look back.
    group
        Only calls that named this group; by name or id.
    """
    with opened() as database, database.snapshot() as s:
        since = database.edge.now() - timedelta(days=days)
        only = None if group is None else groups.find(s, group)
        found = observing.refused(s, database.records, since=since, group=only)
        made = proposals.propose(s, found)
        operations = discovered.discover(_called(found), s.catalogue.operations())
        document = {
            "mode": database.settings.mode,
            "observeKeys": database.settings.observe_keys,
            "observedGroups": [_named(one) for one in observing.observed_groups(s)],
            "since": moment(since),
            "calls": sum(one.observation.count for one in found),
            "byRule": dict(_by_rule(found)),
            "refusals": [_refusal(one) for one in found],
            "proposals": [proposal._asdict() for proposal in made],
            "openapi": discovered.document(operations),
        }
        text = "\n\n".join(_told(s, found, made, operations, since, database.settings.mode))
    return Answer(document, text)


def _called(found: Iterable[Refused]) -> Iterable[Called]:
    """Return the calls of operations that were not known, whether their caller was or not."""
    for one in found:
        kind, count = one.kind, one.observation.count
        if kind.path and (kind.rule == "1" or kind.reason in UNKNOWN_REASONS):
            yield Called(kind.method, kind.path, count, count if kind.key_id else 0)


def _by_rule(found: Iterable[Refused]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for one in found:
        counted[one.kind.rule or one.kind.reason] += one.observation.count
    return counted


def _refusal(one: Refused) -> Document:
    kind, seen = one.kind, one.observation
    return {
        "rule": kind.rule or None,
        "reason": kind.reason,
        "errorCode": one.code,
        "method": kind.method,
        "operation": kind.operation or None,
        "path": kind.path or None,
        "keyId": kind.key_id or None,
        "proven": one.user is not None,
        "username": one.username,
        "address": _source(kind),
        "group": None if one.group is None else _named(one.group),
        "calls": seen.count,
        "first": moment(seen.minute),
        "last": moment(seen.last),
        "decisionId": seen.decision_id,
    }


def _source(kind: Kind) -> str | None:
    """Tell where calls came from: of strangers on IPv6 no more than the site is kept."""
    address = kind.address
    if address is None:
        return None
    is_site = address.is_v6 and address == address.site and not kind.key_id
    return f"{address}/64" if is_site else str(address)


def _named(group: Group) -> Document:
    return {"id": group.id, "name": group.name}


def _told(  # noqa: PLR0913, PLR0917 - each is a part of the report
    s: Snapshot,
    found: Sequence[Refused],
    made: Sequence[Proposal],
    operations: Sequence[Discovered],
    since: datetime,
    mode: str,
) -> Iterable[str]:
    """Yield the parts of the report."""
    calls = sum(one.observation.count for one in found)
    yield f"Since {moment(since)} {calls} calls were let through that would have been refused."
    if not found:
        if mode == "enforce" and not observing.observed_groups(s):
            yield ENFORCED
        return
    yield table(_HEADS, map(_row, found[:SHOWN]), empty="")
    if len(found) > SHOWN:
        yield f"... and {len(found) - SHOWN} more kinds of calls, all of them with --json."
    if made:
        yield "\n".join(snippets.commands(made))
    if operations:
        yield "\n".join(snippets.paths(operations))


_HEADS = ("CALLS", "RULE", "REASON", "OPERATION", "KEY", "USER", "ADDRESS", "GROUP", "LAST")


def _row(one: Refused) -> tuple[str, ...]:
    kind = one.kind
    named = "several" if kind.operation == MERGED else kind.operation
    claimed = one.user is None and one.username
    return (
        str(one.observation.count),
        kind.rule or NOTHING,
        kind.reason,
        named or f"{kind.method} {kind.path}",
        kind.key_id or NOTHING,
        f"{one.username}?" if claimed else one.username or NOTHING,
        _source(kind) or NOTHING,
        NOTHING if one.group is None else one.group.name,
        moment(one.observation.last) or NEVER,
    )
