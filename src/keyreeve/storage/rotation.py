"""Rotating the master key: a new version seals everything anew, while everybody goes on working.

The order makes it resumable. First the ring grows, in the file; then the database goes over to
the new version, and from then on whoever writes seals under it; then what older versions sealed
is sealed anew, in chunks. A crash anywhere leaves work that the next call finishes.

Old versions stay in the file: the pepper of bearer digests and the audit chain hang on the first,
and backups need theirs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from keyreeve.storage import (
    installation,
    master_key,
    proofs,
    schema,
    sealing,
    second_factors,
    sign_in_schema,
)
from keyreeve.storage.database import Database
from keyreeve.storage.errors import StartRefused
from keyreeve.storage.master_key import Ring
from keyreeve.storage.transaction import Transaction

CHUNK = 500

_factors = sign_in_schema.second_factors.c


@dataclass(frozen=True, slots=True)
class Place:
    """A column of sealed values, and what the value in a row is bound to in a realm."""

    column: sa.Column[bytes]
    bound: Callable[[sa.Row[Any], str], sealing.Row]


PLACES = (
    Place(
        schema.api_key_proofs.c.sealed,
        lambda row, realm: proofs.bound(
            row.key_id, name=row.name, algorithm=row.algorithm, realm=realm
        ),
    ),
    Place(
        _factors.sealed_seed,
        lambda row, realm: second_factors.bound(row.user_id, "seed", realm),
    ),
    Place(
        _factors.sealed_pending,
        lambda row, realm: second_factors.bound(row.user_id, "pending", realm),
    ),
)
"""Everywhere that something is sealed."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did."""

    version: int
    """The version that seals now."""
    resealed: int


def rotate(database: Database) -> Rotated:
    """Add a version to the master key and seal everything under it, or finish such a rotation.

    Where several hosts keep copies of the file, call `grow` on one, bring the file to all of
    them, and then call this.

    Raises:
        StartRefused: the file cannot be written, or is not the master key of this database.
    """
    with database.transaction() as transaction:
        ring = _ring(transaction, database)
        if not _is_pending(transaction, ring):
            ring = _grown(database, ring)
        row = installation.required(transaction.connection)
        if ring.newest != row.key_version:
            installation.go_over(transaction.connection, row, ring)
    return Rotated(ring.newest, _reseal_all(database))


def grow(database: Database) -> int:
    """Add a version to the master key file, for `rotate` to go over to; return the newest version.

    Raises:
        StartRefused: the file cannot be written, or is not the master key of this database.
    """
    # The write lock keeps two rotations from writing the file at once.
    with database.transaction() as transaction:
        ring = _ring(transaction, database)
        return ring.newest if _is_pending(transaction, ring) else _grown(database, ring).newest


def _ring(transaction: Transaction, database: Database) -> Ring:
    file = database.settings.master_key_file
    ring = master_key.read(file)
    if not installation.opens(installation.required(transaction.connection), ring):
        raise StartRefused(file, "this is not the master key of the database")
    return ring


def _is_pending(transaction: Transaction, ring: Ring) -> bool:
    version = installation.required(transaction.connection).key_version
    return ring.newest != version or any(_older(transaction, place, version) for place in PLACES)


def _grown(database: Database, ring: Ring) -> Ring:
    grown = ring.grown(database.edge.entropy)
    master_key.write(database.settings.master_key_file, grown)
    return grown


def _reseal_all(database: Database) -> int:
    resealed = 0
    for place in PLACES:
        while True:
            with database.transaction() as transaction:
                count = _reseal_some(transaction, place)
            if not count:
                break
            resealed += count
    return resealed


def _reseal_some(transaction: Transaction, place: Place) -> int:
    secrets, name, table = transaction.secrets, place.column.name, place.column.table
    rows = _older(transaction, place, secrets.version)
    for row in rows:
        bound = place.bound(row, transaction.realm)
        sealed = secrets.seal(secrets.unseal(getattr(row, name), **bound), **bound)
        here = [column == getattr(row, column.name) for column in table.primary_key]
        change = sa.update(schema.metadata.tables[table.name]).where(*here)
        transaction.connection.execute(change.values({name: sealed}))
    return len(rows)


def _older(transaction: Transaction, place: Place, version: int) -> list[sa.Row[Any]]:
    """Return the next rows that an older version sealed."""
    width = sealing.VERSION_BYTES
    told = sa.func.substr(place.column, 1, width, type_=sa.LargeBinary)
    query = sa.select(place.column.table).where(told != version.to_bytes(width)).limit(CHUNK)
    return list(transaction.connection.execute(query).all())
