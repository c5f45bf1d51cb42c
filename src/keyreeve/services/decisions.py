"""Decisions on record, for those who may ask why."""

from collections.abc import Iterable

from keyreeve.domain.decision import Reason
from keyreeve.domain.errors import DecisionNotFound
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.role import GROUP_OWNER
from keyreeve.domain.subject import Subject
from keyreeve.protocol import hops
from keyreeve.protocol.forwarded import Hop
from keyreeve.storage.records import AccessRecord, Records
from keyreeve.storage.transaction import Snapshot


def find(s: Snapshot, records: Records, subject: Subject, decision_id: str) -> AccessRecord:
    """Return the decision of this id, if the subject's key asked for it or he owns its group.

    Raises:
        DecisionNotFound: there is none, or it is not his to read: that is not told apart.
    """
    record = records.decision(decision_id)
    if record is None or not (is_own(s, record, subject) or owns_group(record, subject)):
        raise DecisionNotFound(decision_id)
    return record


def is_own(s: Snapshot, record: AccessRecord, subject: Subject) -> bool:
    """Tell whether one of the subject's keys was judged."""
    if record.user_id is not None:
        return record.user_id == subject.user_id
    return record.key_id is not None and s.api_keys.get(subject.user_id, record.key_id) is not None


def owns_group(record: AccessRecord, subject: Subject) -> bool:
    """Tell whether the subject is an Owner of the group that the call named."""
    return record.group_id is not None and GROUP_OWNER in subject.roles_in(record.group_id)


def shown_group(record: AccessRecord, subject: Subject) -> str | None:
    """Return the group, but not to one who was denied since he may not know that it exists."""
    hidden = record.reason == Reason.GROUP_NOT_FOUND.name
    return None if hidden and not owns_group(record, subject) else record.group_id


def entries(s: Snapshot, record: AccessRecord, subject: Subject) -> tuple[str, ...]:
    """Return the whitelist entries that let a call in, to their owner alone."""
    if record.user_id is None or record.user_id != subject.user_id:
        return ()
    known = s.whitelists.entries(record.user_id)
    return tuple(str(entry.network) for entry in known if entry.id in record.entry_ids)


def way(record: AccessRecord) -> tuple[Hop, ...]:
    """Return the hops by which the address was found, if they were kept."""
    return hops.read(record.hops)


def operation(
    s: Snapshot, record: AccessRecord, own: Iterable[Operation], bases: Iterable[str]
) -> Operation | None:
    """Return what was called: one of our own operations, or one of the guarded API.

    Where both APIs call one the same, paths below our own bases are our own. What has left its
    catalogue since is told by what the record still knows of it; None if it never was in one.
    """
    if not record.operation:
        return None
    ours = not record.target or record.target.startswith(tuple(f"{base}/" for base in bases))
    guarded = s.catalogue.operations()
    for known in (*own, *guarded) if ours else (*guarded, *own):
        if known.name == record.operation and record.method in {"", "HEAD", known.method}:
            return known
    return _as_recorded(record)


def _as_recorded(record: AccessRecord) -> Operation:
    """Make an operation of what was written down: a group if one was named, and the whitelist.

    An Allow is kept whole only if the whitelist let it through, and only of a whitelisted
    operation can a rule from the sixth on say no.
    """
    named = record.group_id is not None or record.rule == "3"
    allowed = record.outcome == "allow" and record.method != ""
    return Operation(
        record.operation,
        record.method,
        "",
        whitelisted=allowed or record.rule in {"6", "7", "8"},
        group=Named("group") if named else None,
        user=Named("user") if record.rule == "3b" else None,
    )
