"""`keyreeve audit`: the record of every change."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from keyreeve.cli import documents
from keyreeve.cli.answers import SAID, Answer, results
from keyreeve.cli.installations import looking
from keyreeve.domain.errors import Refusal
from keyreeve.services import audit, groups, users

NEWEST = 50


class AuditBroken(Refusal):
    """An audit event was altered or removed."""

    code = "AUDIT_BROKEN"
    sentence = "The audit log is not as it was written, from event number {0} on{1}."


def list_(
    *,
    user: str | None = None,
    group: str | None = None,
    action: str | None = None,
    limit: Annotated[int, Parameter(validator=Number(gte=1))] = NEWEST,
) -> Answer:
    """List who changed what, newest first.

    Parameters
    ----------
    user
        Only what this user did or what was done to him; by login or id.
    group
        Only what concerns this group; by name or id.
    action
        Only changes of this kind, such as api_key.generate.
    limit
        How many at most.
    """
    with looking() as s:
        found = audit.list(
            s,
            user_id=None if user is None else users.find(s, user).id,
            group_id=None if group is None else groups.find(s, group).id,
            action=action,
            limit=limit,
        )
    return Answer(results(map(documents.event, found)), documents.events(found))


def verify() -> Answer:
    """Check that no audit event was altered or removed."""
    with looking() as s:
        broken = audit.verify(s)
        if broken is not None:
            which = f" (id {broken.event_id})" if broken.event_id else ": the last ones are missing"
            raise AuditBroken(broken.seq, which)
        count = sum(1 for _ in audit.export(s))
    return Answer({"intact": True, "events": count}, f"All {count} audit events are intact.")


def export() -> Answer:
    """Write every audit event as a line of JSON, oldest first, with its place on the chain."""
    with looking() as s:
        for line in audit.export(s):
            print(line)
    return SAID
