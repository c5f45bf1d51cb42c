"""Second factors of users: sealed seeds, the count of guesses, and digests of recovery codes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from keyreeve.domain.second_factor import Guesses
from keyreeve.storage import sign_in_schema as schema
from keyreeve.storage import statements
from keyreeve.storage.sealing import Row, Secrets

PURPOSE = "totp"
NO_STEP = -1

_factors = schema.second_factors.c
_codes = schema.recovery_codes.c


@dataclass(frozen=True, slots=True)
class StoredFactor:
    """What is kept of one user's second factor."""

    user_id: str
    seed: bytes | None = field(repr=False)
    """The seed in use."""
    since: datetime | None
    pending: bytes | None = field(repr=False)
    """A seed that waits for its first code."""
    last_step: int
    guesses: Guesses


class SecondFactors:
    """All second factors, seen through one transaction."""

    def __init__(self, connection: sa.Connection, secrets: Secrets, realm: str) -> None:
        self._connection = connection
        self._secrets = secrets
        self._realm = realm

    def get(self, user_id: str, *, lock: bool = False) -> StoredFactor | None:
        """Return what is kept of one user; locked, nobody else may count until the commit."""
        query = sa.select(schema.second_factors).where(_factors.user_id == user_id)
        row = self._connection.execute(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            return None
        return StoredFactor(
            user_id,
            self._unsealed(row.sealed_seed, user_id, "seed"),
            row.since,
            self._unsealed(row.sealed_pending, user_id, "pending"),
            row.last_step,
            Guesses(row.day, row.tried, row.wrong, row.in_a_row, row.blocked_until),
        )

    def propose(self, user_id: str, seed: bytes, now: datetime) -> None:
        """Keep a seed that waits for its first code; an older waiting one is forgotten."""
        row = {
            "user_id": user_id,
            "sealed_pending": self._sealed(seed, user_id, "pending"),
            "last_step": NO_STEP,
            "day": now.date(),
            "tried": 0,
            "wrong": 0,
            "in_a_row": 0,
        }
        insert = statements.insert(self._connection, schema.second_factors).values(row)
        pending = {"sealed_pending": row["sealed_pending"]}
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=["user_id"], set_=pending)
        )

    def adopt(self, user_id: str, seed: bytes, step: int, now: datetime) -> None:
        """Put the waiting seed in use."""
        sealed = self._sealed(seed, user_id, "seed")
        self._set(user_id, sealed_seed=sealed, sealed_pending=None, since=now, last_step=step)

    def spend(self, user_id: str, step: int) -> None:
        """Note the step of a code that was right; it and older ones are spent."""
        self._set(user_id, last_step=step)

    def count(self, user_id: str, guesses: Guesses) -> None:
        """Keep the count of guesses."""
        self._set(
            user_id,
            day=guesses.day,
            tried=guesses.tried,
            wrong=guesses.wrong,
            in_a_row=guesses.in_a_row,
            blocked_until=guesses.blocked_until,
        )

    def forget(self, user_id: str) -> None:
        """Forget seeds and recovery codes, but not how often was guessed."""
        self._set(user_id, sealed_seed=None, sealed_pending=None, since=None)
        self._connection.execute(sa.delete(schema.recovery_codes).where(_codes.user_id == user_id))

    def set_recovery_codes(self, user_id: str, digests: Iterable[bytes]) -> None:
        """Keep the digests of new recovery codes in place of the old ones."""
        self._connection.execute(sa.delete(schema.recovery_codes).where(_codes.user_id == user_id))
        rows = [{"user_id": user_id, "digest": digest} for digest in digests]
        self._connection.execute(sa.insert(schema.recovery_codes), rows)

    def spend_recovery_code(self, user_id: str, digest: bytes) -> bool:
        """Forget one recovery code; tell whether the user had it."""
        here = (_codes.user_id == user_id) & (_codes.digest == digest)
        return self._connection.execute(sa.delete(schema.recovery_codes).where(here)).rowcount == 1

    def recovery_codes(self, user_id: str) -> int:
        """Return how many recovery codes the user has left."""
        query = sa.select(sa.func.count()).where(_codes.user_id == user_id)
        return self._connection.execute(query).scalar_one()

    def _set(self, user_id: str, **values: object) -> None:
        here = _factors.user_id == user_id
        self._connection.execute(sa.update(schema.second_factors).where(here).values(**values))

    def _sealed(self, seed: bytes, user_id: str, name: Literal["seed", "pending"]) -> bytes:
        return self._secrets.seal(seed, **bound(user_id, name, self._realm))

    def _unsealed(
        self, sealed: bytes | None, user_id: str, name: Literal["seed", "pending"]
    ) -> bytes | None:
        if sealed is None:
            return None
        return self._secrets.unseal(sealed, **bound(user_id, name, self._realm))


def bound(user_id: str, name: Literal["seed", "pending"], realm: str) -> Row:
    """Return what a sealed seed is bound to: moved to another user or place, it does not open."""
    return Row(
        purpose=PURPOSE,
        table=schema.second_factors.name,
        key_id=user_id,
        name=name,
        algorithm="SHA-1",
        realm=realm,
    )
