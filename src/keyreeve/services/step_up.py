"""Step-up: a right code lets one action be done once, in one session, within minutes."""

from datetime import timedelta

from keyreeve.domain.session import Session
from keyreeve.storage.transaction import Transaction

LIFETIME = timedelta(minutes=5)
TICKET_LIMIT = 64


def grant(t: Transaction, session: Session, action: str, object_id: str) -> None:
    """Let this session do this action on this object, once, within five minutes."""
    t.step_ups.grant(session.id, action, object_id, t.edge.now() + LIFETIME)


def spend(t: Transaction, session: Session, action: str, object_id: str) -> bool:
    """Use up the grant, in the transaction of the action itself; tell whether there was one."""
    return t.step_ups.spend(session.id, action, object_id, t.edge.now())


def once(t: Transaction, session: Session, ticket: str) -> bool:
    """Tell whether a form with this ticket is sent for the first time in this session."""
    if not 0 < len(ticket) <= TICKET_LIMIT:
        return False
    return t.step_ups.spend_ticket(session.id, ticket)
