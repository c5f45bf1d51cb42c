"""The audit log, for those who read it: list, verify, export."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from keyreeve.domain.audit import AuditEvent
from keyreeve.domain.errors import AuditEventNotFound
from keyreeve.storage.audit_log import Broken, Link, Wanted
from keyreeve.storage.transaction import Snapshot


def list(  # noqa: A001, PLR0913 - the verb; each argument narrows
    s: Snapshot,
    *,
    group_id: str | None = None,
    user_id: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    limit: int | None = None,
) -> tuple[AuditEvent, ...]:
    """Return the audit events that fit, newest first. A user fits as the actor, too."""
    return s.audit_log.list(
        group_id=group_id, user_id=user_id, action=action, since=since, limit=limit
    )


def page(
    s: Snapshot, wanted: Wanted, *, offset: int, limit: int
) -> tuple[tuple[AuditEvent, ...], int]:
    """Return some of the audit events that fit, newest first, and how many fit in all."""
    return s.audit_log.page(wanted, offset=offset, limit=limit)


def get(s: Snapshot, wanted: Wanted, event_id: str) -> AuditEvent:
    """Return the audit event of this id, if it fits.

    Raises:
        AuditEventNotFound: there is none, or it tells of others.
    """
    event = s.audit_log.get(event_id, wanted)
    if event is None:
        raise AuditEventNotFound(event_id)
    return event


def verify(s: Snapshot) -> Broken | None:
    """Walk the chain and name the first event that is not as it was written, if there is one."""
    return s.audit_log.verify()


def export(s: Snapshot) -> Iterator[str]:
    """Give each audit event as one line of JSON, oldest first, with its place on the chain."""
    return (_line(link) for link in s.audit_log.links())


def _line(link: Link) -> str:
    event = link.event
    told = {
        "seq": link.seq,
        "id": event.id,
        "created": event.created.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": event.actor.name,
        "actorUserId": event.actor.user_id,
        "address": event.actor.address,
        "action": event.action,
        "objectId": event.object_id,
        "groupId": event.group_id,
        "userId": event.user_id,
        "details": dict(event.details),
        "mac": link.mac.hex(),
    }
    # ASCII only: no character of a name can begin a new line or colour a terminal.
    return json.dumps(told, separators=(",", ":"))
