"""Step-up grants, good for one action, and the forms that did their work already."""

from datetime import datetime

import sqlalchemy as sa

from keyreeve.storage import sign_in_schema as schema
from keyreeve.storage import statements

_grants = schema.step_up_grants.c


class StepUps:
    """What sessions may still do, and have done, seen through one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def grant(self, session_id: str, action: str, object_id: str, expires: datetime) -> None:
        """Keep one grant; a second one of the same action renews the first."""
        row = {"session_id": session_id, "action": action, "object_id": object_id}
        insert = statements.insert(self._connection, schema.step_up_grants)
        self._connection.execute(
            insert.values(row | {"expires": expires}).on_conflict_do_update(
                index_elements=list(row), set_={"expires": expires}
            )
        )

    def spend(self, session_id: str, action: str, object_id: str, now: datetime) -> bool:
        """Use up one grant; tell whether there was one that still held."""
        gone = self._connection.execute(
            sa.delete(schema.step_up_grants)
            .where(
                _grants.session_id == session_id,
                _grants.action == action,
                _grants.object_id == object_id,
            )
            .returning(_grants.expires)
        ).scalar_one_or_none()
        return gone is not None and now < gone

    def spend_ticket(self, session_id: str, ticket: str) -> bool:
        """Note that this form did its work; tell whether it had not yet."""
        insert = statements.insert(self._connection, schema.spent_tickets)
        new = insert.values(session_id=session_id, ticket=ticket).on_conflict_do_nothing()
        done = self._connection.execute(new.returning(schema.spent_tickets.c.ticket))
        return done.first() is not None
