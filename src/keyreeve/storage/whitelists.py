"""The whitelists of users: networks, each written in one way only."""

from typing import Any

import sqlalchemy as sa

from keyreeve.domain.whitelist import WhitelistEntry
from keyreeve.protocol import address
from keyreeve.protocol.address import Network
from keyreeve.storage import schema

_entries = schema.whitelist_entries.c


class Whitelists:
    """All whitelists, seen through one transaction. Every statement names the owner."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def entries(self, user_id: str) -> tuple[WhitelistEntry, ...]:
        """Return the entries of one user, oldest first."""
        query = sa.select(schema.whitelist_entries).where(_entries.user_id == user_id)
        rows = self._connection.execute(query.order_by(_entries.created, _entries.id))
        return tuple(_entry(row) for row in rows)

    def get(self, user_id: str, network: Network) -> WhitelistEntry | None:
        """Return the entry of one user that is exactly this network."""
        query = sa.select(schema.whitelist_entries).where(
            _entries.user_id == user_id, _entries.network == str(network)
        )
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _entry(row)

    def add(self, entry: WhitelistEntry) -> None:
        """Keep a new entry."""
        row = {
            "id": entry.id,
            "user_id": entry.user_id,
            "network": str(entry.network),
            "comment": entry.comment,
            "created": entry.created,
        }
        self._connection.execute(sa.insert(schema.whitelist_entries), row)

    def remove(self, user_id: str, network: Network) -> bool:
        """Forget the entry of one user that is exactly this network; tell whether there was one."""
        gone = self._connection.execute(
            sa.delete(schema.whitelist_entries).where(
                _entries.user_id == user_id, _entries.network == str(network)
            )
        )
        return gone.rowcount == 1


def _entry(row: sa.Row[Any]) -> WhitelistEntry:
    return WhitelistEntry(
        id=row.id,
        user_id=row.user_id,
        network=address.parse_network(row.network),
        created=row.created,
        comment=row.comment,
    )
