"""What people do with the clients they have: look at groups and users, keep their whitelist."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from doors.clients import tasks
from doors.clients.at_hand import Client
from doors.installation import BASE, Installation

ROOT = Path(__file__).parents[2]
NPM = Path(__file__).parent / "npm"
USER = "ada@example.org"
HOME = "127.0.0.1/32"

AT_HAND = ("curl", "wget", "requests", "httpx2", "aiohttp", "urllib")
IN_PYTHON = ("pycurl", "httplib2", "httpx", "atlasapi", "opsmanager")
FROM_NPM = ("urllib", "digest-fetch", "mongodb-atlas-api-client")


@dataclass(frozen=True)
class Place:
    """Where a client is pointed at, and what it is told."""

    URL: str
    BASE: str
    USERNAME: str
    KEY: str
    GROUP_ID: str
    USER_ID: str

    def environment(self, entry: str) -> Mapping[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        return inherited | asdict(self) | {"ENTRY": entry}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    installation = Installation(tmp_path_factory.mktemp("tasks"))
    user = installation.run("user", "create", USER)
    group = installation.run("group", "create", "Engines", "--owner", USER, "--public-api", "on")
    key = installation.run("key", "generate", USER, "--description", "tasks")["key"]
    installation.run("whitelist", "add", USER, HOME)
    with installation.serving() as server:
        yield Place(server.url, BASE, USER, key, group["id"], user["id"])


def check(done: Any, entry: str) -> None:
    assert done["groups"] == ["Engines"]
    assert (done["group"], done["user"]) == ("Engines", USER)
    assert set(done["added"]) >= {HOME, f"{entry}/32"}
    assert done["removed"] in ({}, {"deleted": True})  # the latter is atlasapi's own word
    assert f"{entry}/32" not in done["left"]


@pytest.mark.parametrize("name", AT_HAND)
def test_a_client_at_hand(place: Place, name: str) -> None:
    entry = f"192.0.2.{1 + AT_HAND.index(name)}"
    client = Client(place.URL + place.BASE, USER, place.KEY)
    check(tasks.done(getattr(client, name), place.GROUP_ID, place.USER_ID, entry), entry)


@pytest.mark.parametrize("name", IN_PYTHON)
def test_a_client_for_python(place: Place, name: str) -> None:
    entry = f"198.51.100.{1 + IN_PYTHON.index(name)}"
    program = Path(__file__).parent / "clients" / "python_clients.py"
    python = str(ROOT / ".venv-clients" / "bin" / "python")
    check(run([python, str(program), name], place.environment(entry)), entry)


@pytest.mark.parametrize("name", FROM_NPM)
def test_a_client_from_npm(place: Place, name: str) -> None:
    entry = f"203.0.113.{1 + FROM_NPM.index(name)}"
    check(run(["node", str(NPM / "clients.js"), name], place.environment(entry)), entry)


def run(command: list[str], environment: Mapping[str, str]) -> Any:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
