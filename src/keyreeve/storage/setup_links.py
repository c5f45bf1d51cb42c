"""The one link of the first run."""

from datetime import datetime

import sqlalchemy as sa

from keyreeve.storage import schema as control
from keyreeve.storage import sign_in_schema as schema
from keyreeve.storage import statements

_links = schema.setup_links.c
_SOLE = 1


class SetupLinks:
    """The set-up link, seen through one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def replace(self, link_digest: bytes, expires: datetime) -> None:
        """Keep a new link; an older one, and a cookie from it, are forgotten."""
        values = {"link_digest": link_digest, "cookie_digest": None, "expires": expires}
        insert = statements.insert(self._connection, schema.setup_links)
        self._connection.execute(
            insert.values(id=_SOLE, **values).on_conflict_do_update(
                index_elements=["id"], set_=values
            )
        )

    def exchange(self, link_digest: bytes, cookie_digest: bytes, now: datetime) -> bool:
        """Turn the link into a cookie; tell whether it was this one and still held."""
        done = self._connection.execute(
            sa.update(schema.setup_links)
            .where(_links.link_digest == link_digest, _links.expires > now)
            .values(link_digest=None, cookie_digest=cookie_digest)
        )
        return done.rowcount == 1

    def holds(self, cookie_digest: bytes, now: datetime) -> bool:
        """Tell whether this cookie came from the link, and still holds."""
        here = (_links.cookie_digest == cookie_digest) & (_links.expires > now)
        return self._connection.execute(sa.select(_links.id).where(here)).first() is not None

    def spend(self, cookie_digest: bytes, now: datetime) -> bool:
        """Use up the cookie; tell whether it held."""
        here = (_links.cookie_digest == cookie_digest) & (_links.expires > now)
        return self._connection.execute(sa.delete(schema.setup_links).where(here)).rowcount == 1

    def forget(self) -> None:
        """Forget the link."""
        self._connection.execute(sa.delete(schema.setup_links))

    def any_user(self) -> bool:
        """Tell whether a user exists, which ends the first run."""
        query = sa.select(control.users.c.id).limit(1)
        return self._connection.execute(query).first() is not None
