"""Admission: nothing is shown or changed before session, role, form and step-up are right.

They are looked at in the very snapshot or transaction that then shows or changes something.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from keyreeve.console import permission
from keyreeve.console.visit import Visit
from keyreeve.domain.decision import Reason
from keyreeve.domain.group import Group
from keyreeve.domain.session import Session
from keyreeve.domain.subject import GroupState, Subject
from keyreeve.domain.user import User
from keyreeve.services import second_factors, sessions, step_up
from keyreeve.storage.transaction import Snapshot, Transaction


class SignedOut(Exception):
    """There is no session, or it has ended."""


class HalfSignedIn(Exception):
    """The second factor is still missing."""


class NotPermitted(Exception):
    """The user may not do this in this group; holds the reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class AlreadySent(Exception):
    """This very form was sent before, and did its work."""


class StepUpNeeded(Exception):
    """The user has a second factor, and gave no code for this action just now."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who was let in, and the group that the path names."""

    session: Session
    user: User
    subject: Subject
    named: Group | None = None

    @property
    def group(self) -> Group:
        """The group that the path names, where a route names one."""
        if self.named is None:
            raise LookupError("no group in this path")
        return self.named


@contextmanager
def look(visit: Visit) -> Iterator[tuple[Snapshot, Admitted]]:
    """See everything as of one moment, as one who was admitted.

    Raises:
        SignedOut, HalfSignedIn, NotPermitted: he was not.
    """
    with visit.database.snapshot() as s:
        yield s, _admitted(s, visit)


@contextmanager
def change(visit: Visit) -> Iterator[tuple[Transaction, Admitted]]:
    """Change things, as one who was admitted. A second time the same form changes nothing.

    Raises:
        SignedOut, HalfSignedIn, NotPermitted, AlreadySent, StepUpNeeded: he was not.
    """
    with visit.database.transaction() as t:
        admitted = _admitted(t, visit)
        sessions.seen(t, admitted.session, visit.caller)
        if visit.rule.once and not step_up.once(t, admitted.session, visit.form["ticket"]):
            raise AlreadySent
        if visit.rule.step_up is not None:
            _spend_grant(t, admitted, visit.rule.step_up)
        yield t, admitted


def touch(visit: Visit) -> None:
    """Note that a session is in use, if that was not noted within the last minute."""
    if not visit.token:
        return
    with visit.database.snapshot() as s:
        found = sessions.find(s, visit.token, visit.house.edge)
    if found is None:
        return
    session, _ = found
    if visit.house.edge.now() - session.last_seen >= sessions.SEEN_EVERY:
        with visit.database.transaction() as t:
            sessions.seen(t, session, visit.caller)


def _admitted(s: Snapshot, visit: Visit) -> Admitted:
    session, user = _session(s, visit)
    stored = s.subjects.by_name(user.username)
    if stored is None:
        raise SignedOut
    group_id = visit.parameters.get("group")
    group = None if group_id is None else s.groups.get(group_id)
    admitted = Admitted(session, user, stored.subject, group)
    if visit.rule.role is not None:
        state = None if group is None else GroupState(group.id, group.public_api_enabled)
        reason = permission.refused(stored.subject, visit.rule.role, state)
        if reason is not None:
            raise NotPermitted(reason)
    return admitted


def _session(s: Snapshot, visit: Visit) -> tuple[Session, User]:
    found = sessions.find(s, visit.token, visit.house.edge) if visit.token else None
    if found is None:
        raise SignedOut
    session, _ = found
    if session.verified == (visit.rule.entry == "half"):
        raise SignedOut if session.verified else HalfSignedIn
    return found


def _spend_grant(t: Transaction, admitted: Admitted, action: str) -> None:
    if second_factors.enabled(t, admitted.user) is None:
        return
    if not step_up.spend(t, admitted.session, action, admitted.user.id):
        raise StepUpNeeded
