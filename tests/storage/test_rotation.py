from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from keyreeve.settings import Settings
from keyreeve.storage import (
    installation,
    master_key,
    proofs,
    rotation,
    schema,
    sealing,
    sign_in_schema,
)
from keyreeve.storage.database import Database
from keyreeve.storage.errors import StartRefused
from keyreeve.storage.rotation import Rotated
from storage import crash

KEYS = 4
ALGORITHMS = ("MD5", "SHA-256")
PROOFS = KEYS * len(ALGORITHMS)


@pytest.fixture
def sealed(database: Database) -> Iterator[Database]:
    """An installation with a few sealed values."""
    fill(database)
    yield database
    assert database.check() == ()


def fill(database: Database) -> None:
    with database.transaction() as t:
        user = {"id": "u", "username": "u", "first_name": "u", "last_name": "u", "enabled": True}
        t.connection.execute(sa.insert(schema.users).values(**user, created=t.edge.now()))
        for number in range(KEYS):
            key = {
                "id": f"{number:024x}",
                "user_id": "u",
                "slot": number + 1,
                "bearer_digest": t.secrets.bearer_digest(f"kr_{number}"),
                "redacted": "kr_",
                "description": "one of them",
                "enabled": True,
            }
            t.connection.execute(sa.insert(schema.api_keys).values(**key, created=t.edge.now()))
            for algorithm in ALGORITHMS:
                add_proof(database, t.connection, key["id"], algorithm)


def add_proof(
    database: Database, connection: sa.Connection, key_id: object, algorithm: str
) -> None:
    bound = proofs.bound(
        str(key_id), name="u", algorithm=algorithm, realm=database.installation.realm
    )
    sealed = database.secrets.seal(f"ha1 {key_id} {algorithm}".encode(), **bound)
    row = {"key_id": key_id, "name": "u", "algorithm": algorithm, "sealed": sealed}
    connection.execute(sa.insert(schema.api_key_proofs).values(row))


def versions(database: Database) -> list[int]:
    with database.snapshot() as s:
        values = s.connection.execute(sa.select(schema.api_key_proofs.c.sealed)).scalars()
        return [sealing.version_of(value) for value in values]


def opens_all(database: Database) -> bool:
    with database.snapshot() as s:
        rows = s.connection.execute(sa.select(schema.api_key_proofs)).all()
    for row in rows:
        bound = proofs.bound(
            row.key_id, name=row.name, algorithm=row.algorithm, realm=database.installation.realm
        )
        told = database.secrets.unseal(row.sealed, **bound).decode()
        assert told == f"ha1 {row.key_id} {row.algorithm}"
    return len(rows) == PROOFS


def test_a_rotation_seals_everything_anew(sealed: Database) -> None:
    assert rotation.rotate(sealed) == Rotated(version=2, resealed=PROOFS)
    assert versions(sealed) == [2] * PROOFS
    assert opens_all(sealed)


def test_every_sealed_column_is_sealed_anew() -> None:
    columns = [c for table in schema.metadata.sorted_tables for c in table.columns]
    sealed = {c for c in columns if c.name.startswith("sealed")}
    assert sealed == {place.column for place in rotation.PLACES}


def test_more_than_one_chunk_is_sealed_anew(
    sealed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "CHUNK", 3)
    assert rotation.rotate(sealed).resealed == PROOFS
    assert opens_all(sealed)


def test_each_rotation_adds_one_version(sealed: Database) -> None:
    assert [rotation.rotate(sealed).version for _ in range(3)] == [2, 3, 4]
    assert master_key.read(sealed.settings.master_key_file).newest == 4
    assert opens_all(sealed)


def test_bearer_look_ups_and_the_audit_chain_outlive_a_rotation(sealed: Database) -> None:
    digest, audit_key = sealed.secrets.bearer_digest("kr_0"), sealed.secrets.audit_key
    rotation.rotate(sealed)
    reopened = Database.open(sealed.settings, crash.real_edge())
    assert reopened.secrets.bearer_digest("kr_0") == digest
    assert reopened.secrets.audit_key == audit_key
    reopened.close()


def test_another_process_goes_on_reading_and_writing(sealed: Database) -> None:
    other = Database.open(sealed.settings, crash.real_edge())
    rotation.rotate(sealed)
    assert opens_all(other)
    with other.transaction() as t:
        t.connection.execute(sa.delete(schema.api_key_proofs))
        add_proof(other, t.connection, f"{0:024x}", "MD5")
    assert versions(sealed) == [2]
    other.close()


def test_a_version_that_was_brought_to_all_hosts_is_gone_over_to(sealed: Database) -> None:
    assert rotation.grow(sealed) == rotation.grow(sealed) == 2
    assert versions(sealed) == [1] * PROOFS
    assert rotation.rotate(sealed) == Rotated(version=2, resealed=PROOFS)


def test_a_wrong_master_key_is_refused_before_anything_is_sealed(sealed: Database) -> None:
    file = sealed.settings.master_key_file
    right = file.read_bytes()
    file.unlink()
    master_key.create(file, crash.real_edge().entropy)
    for rotate in (rotation.rotate, rotation.grow):
        with pytest.raises(StartRefused, match="not the master key"):
            rotate(sealed)
    file.write_bytes(right)
    assert versions(sealed) == [1] * PROOFS


@pytest.mark.filterwarnings(crash.FORKS)
def test_a_rotation_that_is_killed_anywhere_is_finished_by_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "CHUNK", 3)
    first = Database.open(settings, crash.real_edge(), upgrade=True)
    fill(first)
    first.close()

    def rotate() -> None:
        rotation.rotate(Database.open(settings, crash.real_edge()))

    for _ in crash.each_line(rotate, "rotate", "_grown", "_reseal_all"):
        opened = Database.open(settings, crash.real_edge())
        assert opens_all(opened)
        with opened.snapshot() as s:
            sealing_now = installation.required(s.connection).key_version
        newest = master_key.read(settings.master_key_file).newest
        pending = sealing_now != newest or set(versions(opened)) != {newest}
        assert rotation.rotate(opened).version == newest + (not pending)
        assert len(set(versions(opened))) == 1
        assert opens_all(opened)
        opened.close()


def test_second_factors_are_sealed_anew(sealed: Database) -> None:
    with sealed.transaction() as t:
        t.second_factors.propose("u", b"in use", t.edge.now())
        t.second_factors.adopt("u", b"in use", 1, t.edge.now())
        t.second_factors.propose("u", b"waiting", t.edge.now())
    assert rotation.rotate(sealed) == Rotated(2, PROOFS + 2)
    with sealed.snapshot() as s:
        stored = s.second_factors.get("u")
        row = s.connection.execute(sa.select(sign_in_schema.second_factors)).one()
    assert stored is not None
    assert (stored.seed, stored.pending) == (b"in use", b"waiting")
    assert {sealing.version_of(row.sealed_seed), sealing.version_of(row.sealed_pending)} == {2}
