"""Decisions on record, for those who may ask why."""

from keyreeve.domain.errors import DecisionNotFound
from keyreeve.domain.role import GROUP_OWNER
from keyreeve.domain.subject import Subject
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
