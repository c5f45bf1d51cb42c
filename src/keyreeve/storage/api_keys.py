"""The API keys of users: ten slots each, and of every key only what proves it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from keyreeve.domain.api_key import LIMIT, ApiKey
from keyreeve.domain.errors import ApiKeyLimitReached
from keyreeve.storage import schema, statements

_keys = schema.api_keys.c
_SLOTS = sa.union_all(*(sa.select(sa.literal(n).label("slot")) for n in range(1, LIMIT + 1)))


@dataclass(frozen=True, slots=True)
class KeyProof:
    """H(A1) of one key for one of its names under one algorithm, sealed."""

    name: str
    algorithm: str
    sealed: bytes = field(repr=False)


class ApiKeys:
    """All API keys, seen through one transaction. Every statement names the owner."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, key: ApiKey, *, bearer_digest: bytes, proofs: Sequence[KeyProof]) -> None:
        """Keep a new key in the first free slot of its owner.

        Raises:
            ApiKeyLimitReached: all ten slots are taken.
        """
        while not self._take_slot(key, bearer_digest):
            # Another has committed a key since we looked, so each turn finds one slot less.
            if self._taken(key.user_id) >= LIMIT:
                raise ApiKeyLimitReached(LIMIT)
        self._connection.execute(
            sa.insert(schema.api_key_proofs),
            [
                {"key_id": key.id, "name": p.name, "algorithm": p.algorithm, "sealed": p.sealed}
                for p in proofs
            ],
        )

    def list(self, user_id: str) -> tuple[ApiKey, ...]:
        """Return the keys of one user, oldest first."""
        query = _select().where(_keys.user_id == user_id).order_by(_keys.created, _keys.id)
        return tuple(ApiKey(**row) for row in self._connection.execute(query).mappings())

    def get(self, user_id: str, key_id: str) -> ApiKey | None:
        """Return one key of one user."""
        query = _select().where(_keys.user_id == user_id, _keys.id == key_id)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else ApiKey(**row)

    def set_enabled(self, user_id: str, key_id: str, *, enabled: bool) -> None:
        """Enable or disable a key."""
        self._set(user_id, key_id, enabled=enabled)

    def set_description(self, user_id: str, key_id: str, description: str) -> None:
        """Describe a key anew."""
        self._set(user_id, key_id, description=description)

    def remove(self, user_id: str, key_id: str) -> bool:
        """Forget a key and all that proves it; tell whether there was one."""
        gone = self._connection.execute(
            sa.delete(schema.api_keys).where(_keys.user_id == user_id, _keys.id == key_id)
        )
        return gone.rowcount == 1

    def _take_slot(self, key: ApiKey, bearer_digest: bytes) -> bool:
        """Insert the key into the first slot that looks free; tell whether it still was."""
        row = {
            "id": key.id,
            "user_id": key.user_id,
            "bearer_digest": bearer_digest,
            "redacted": key.redacted,
            "description": key.description,
            "enabled": key.enabled,
            "created": key.created,
        }
        slot = _SLOTS.subquery("slots").c.slot
        taken = sa.select(_keys.id).where(_keys.user_id == key.user_id, _keys.slot == slot)
        values = [sa.literal(value, schema.api_keys.c[name].type) for name, value in row.items()]
        free = sa.select(*values, slot).where(~taken.exists()).order_by(slot).limit(1)
        insert = statements.insert(self._connection, schema.api_keys)
        filled = insert.from_select([*row, "slot"], free)
        # The slot alone may be in conflict: a second key of the same digest must fail loudly.
        done = filled.on_conflict_do_nothing(index_elements=["user_id", "slot"])
        return self._connection.execute(done.returning(_keys.slot)).first() is not None

    def _taken(self, user_id: str) -> int:
        query = sa.select(sa.func.count()).where(_keys.user_id == user_id)
        return self._connection.execute(query).scalar_one()

    def _set(self, user_id: str, key_id: str, **values: object) -> None:
        self._connection.execute(
            sa.update(schema.api_keys)
            .where(_keys.user_id == user_id, _keys.id == key_id)
            .values(**values)
        )


def _select() -> sa.Select[Any]:
    return sa.select(
        _keys.id, _keys.user_id, _keys.description, _keys.redacted, _keys.created, _keys.enabled
    )
