from keyreeve.domain.edge import Edge
from keyreeve.settings import Settings
from keyreeve.storage import installation, master_key, opened
from keyreeve.storage.database import Database


def test_the_keys_are_those_of_the_row(database: Database, settings: Settings, edge: Edge) -> None:
    with database.snapshot() as s:
        row = installation.required(s.connection)
    ring = master_key.read(settings.master_key_file)
    keys = opened.secrets(row, ring, settings, edge)
    assert (keys.version, keys.base) == (row.key_version, row.base_version)
    assert keys.nonce_key == database.secrets.nonce_key


def test_the_keys_follow_a_ring_that_grows(
    database: Database, settings: Settings, edge: Edge
) -> None:
    with database.snapshot() as s:
        row = installation.required(s.connection)
    ring = master_key.read(settings.master_key_file)
    keys = opened.secrets(row, ring, settings, edge)
    master_key.write(settings.master_key_file, ring.grown(edge.entropy))
    keys.adopt(2)
    assert keys.version == 2
