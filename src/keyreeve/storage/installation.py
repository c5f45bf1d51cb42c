"""The installation: the one row that says which database this is, and which master key opens it."""

import hmac
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from keyreeve.domain.edge import Edge
from keyreeve.storage import schema, sealing
from keyreeve.storage.errors import StartRefused
from keyreeve.storage.master_key import Ring

DEFAULT_REALM = "Keyreeve"


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation. Neither of these ever changes."""

    id: str
    realm: str
    org_id: str


@dataclass(frozen=True, slots=True)
class Row:
    """An installation together with what changes: epoch, versions, epoch file."""

    installation: Installation
    epoch: int
    key_version: int
    base_version: int
    key_check: bytes = field(repr=False)
    epoch_file: str | None
    epoch_generation: bytes | None


def found(connection: sa.Connection, edge: Edge, ring: Ring, realm: str | None) -> None:
    """Write the row of a new installation."""
    version = ring.newest
    connection.execute(
        sa.insert(schema.installation).values(
            id=edge.new_id(),
            org_id=edge.new_id(),
            realm=realm or DEFAULT_REALM,
            epoch=0,
            key_version=version,
            base_version=version,
            key_check=sealing.check_value(ring, version=version, base=version),
            created=edge.now(),
        )
    )


def read(connection: sa.Connection) -> Row | None:
    """Return the row; None if there is none."""
    row = connection.execute(sa.select(schema.installation)).one_or_none()
    if row is None:
        return None
    return Row(
        Installation(row.id, row.realm, row.org_id),
        epoch=row.epoch,
        key_version=row.key_version,
        base_version=row.base_version,
        key_check=row.key_check,
        epoch_file=row.epoch_file,
        epoch_generation=row.epoch_generation,
    )


def required(connection: sa.Connection) -> Row:
    """Return the row, which is there in every database that was opened."""
    row = read(connection)
    if row is None:
        raise LookupError("the row of the installation is gone")
    return row


def examine(row: Row, ring: Ring, *, key_file: Path, realm: str | None, database: str) -> None:
    """Accept a ring and a realm for this installation.

    Raises:
        StartRefused: naming the master key file, or the database whose realm is another.
    """
    if not opens(row, ring):
        raise StartRefused(key_file, f"this is not the master key of {database}")
    if realm is not None and realm != row.installation.realm:
        told = f"its realm is {row.installation.realm!r} for good, KEYREEVE_REALM says {realm!r}"
        raise StartRefused(database, told)


def opens(row: Row, ring: Ring) -> bool:
    """Tell whether this ring belongs to the database."""
    if not {row.key_version, row.base_version} <= set(ring.keys):
        return False
    check = sealing.check_value(ring, version=row.key_version, base=row.base_version)
    return hmac.compare_digest(check, row.key_check)


def go_over(connection: sa.Connection, row: Row, ring: Ring) -> None:
    """Have the newest version of the master key seal from now on."""
    check = sealing.check_value(ring, version=ring.newest, base=row.base_version)
    connection.execute(
        sa.update(schema.installation).values(key_version=ring.newest, key_check=check)
    )


def name_epoch_file(connection: sa.Connection, path: Path, generation: bytes) -> None:
    """Note which epoch file all processes must share."""
    connection.execute(
        sa.update(schema.installation).values(epoch_file=str(path), epoch_generation=generation)
    )
