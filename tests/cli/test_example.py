"""The example that the demo guards."""

import socket
from pathlib import Path

import requests

from keyreeve import settings as rules
from keyreeve.app.edge import real
from keyreeve.cli import example
from keyreeve.services import catalogue
from keyreeve.storage.database import Database


def test_it_is_guarded_by_its_own_catalogue_until_the_end(tmp_path: Path) -> None:
    settings = rules.load({"KEYREEVE_DATABASE_URL": f"sqlite:///{tmp_path / 'keyreeve.db'}"})
    database = Database.open(settings, real())
    with database.transaction() as t:
        example.fill_catalogue(t)
    with database.snapshot() as s:
        assert "deleteCluster" in {operation.name for operation in catalogue.list(s)}
    database.close()
    with example.guarded(settings) as url:
        answer = requests.get(f"{url}/v1/groups/demo/clusters", timeout=30)
        assert (answer.status_code, "WWW-Authenticate" in answer.headers) == (401, True)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) != 0
