"""Explanations of somebody else's calls, as far as the one who asks may know of him.

An Owner may ask about members of his group, and about calls that name that group. Keys and
whitelists are their user's alone: a live key is supposed, and the whitelist is left out.
"""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

from keyreeve.domain import explanation, naming
from keyreeve.domain.catalogue import Catalogue, Match
from keyreeve.domain.decision import Deny, Proof, Reason
from keyreeve.domain.explanation import Described, Explanation
from keyreeve.domain.role import GROUP_OWNER
from keyreeve.domain.subject import GroupState, Subject
from keyreeve.domain.whitelist import Whitelist
from keyreeve.protocol.target import NotCanonical
from keyreeve.services.explanations import Stored
from keyreeve.storage.transaction import Snapshot


class OthersCall(NamedTuple):
    """What is told of somebody else's call."""

    username: str
    said: Explanation
    depends: bool
    """Whether it is up to his whitelist; what `said` says of rules 7 and 8 is then made up."""


def of(
    s: Snapshot, asking: Subject, name_or_id: str, call: Described, operations: Catalogue
) -> OthersCall | None:
    """Say what would be decided of another's call; None if the one who asks may not know.

    That is the same answer for a group that is not his or does not exist, and for a user who is
    not in it or does not exist.
    """
    group = _owned(s, asking, call, operations)
    user = s.users.get(name_or_id) or s.users.by_name(name_or_id)
    stored = None if user is None else s.subjects.by_name(user.username)
    if group is None or stored is None:
        return None
    subject = replace(stored.subject, whitelist=Whitelist())
    if group.id not in subject.memberships and not asking.everywhere:
        return None
    said = explanation.explain(subject, Proof.HOLDS, call, operations, Stored(s))
    return OthersCall(subject.username, said, said.decision == Deny(Reason.WHITELIST_EMPTY))


def _owned(
    s: Snapshot, asking: Subject, call: Described, operations: Catalogue
) -> GroupState | None:
    """Return the group that a call names, if the one who asks is an Owner there.

    A call that names a user, too, would tell whether one is seen by the other.
    """
    try:
        found = operations.find(call.method, call.target)
    except NotCanonical:
        return None
    if not isinstance(found, Match) or found.operation.user is not None:
        return None
    field = partial(naming.field, call.fields)
    group = naming.group(found, asking, field, Stored(s))
    if group is None or GROUP_OWNER not in asking.roles_in(group.id):
        return None
    return group
