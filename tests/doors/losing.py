"""An installation whose database a test takes away, and who calls meanwhile."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from doors.gates import RunningGate
from doors.installation import Installation
from enforcement.gating import question
from enforcement.serving import answers, connected

ADA, BOB = "ada@example.org", "bob@example.org"


@dataclass
class Guarded:
    """An installation with a catalogue of one operation, and the keys of two who may call it."""

    installation: Installation
    ada: str
    bob: str


def furnished(installation: Installation) -> Guarded:
    run = installation.run
    for name in (ADA, BOB):
        run("user", "create", name)
    run("group", "create", "g", "--owner", ADA, "--public-api", "on")
    run("role", "grant", BOB, "g", "GROUP_READ_ONLY")
    (installation.folder / "api.json").write_text('{"openapi":"3.1.0","paths":{"/a":{"get":{}}}}')
    run("catalogue", "import", "api.json")
    keys = [run("key", "generate", name, "--description", "k")["key"] for name in (ADA, BOB)]
    return Guarded(installation, *keys)


def status(gate: RunningGate, key: str) -> int:
    """Return the answer's status; 0: none came, or nobody listens."""
    sent = question(f"Authorization: Bearer {key}", X_Real_IP="127.0.0.1")
    try:
        with connected(gate.port) as connection:
            connection.sendall(sent)
            said = answers(connection)
    except OSError:
        return 0
    return said[0].status if said else 0


def revoke(installation: Installation) -> None:
    (key,) = installation.run("key", "list", ADA)["results"]
    installation.run("key", "disable", ADA, key["id"])


def until(gate: RunningGate, key: str, wanted: int) -> None:
    deadline = time.monotonic() + 10
    while status(gate, key) != wanted:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def until_logged(gate: RunningGate, sentence: str) -> None:
    deadline = time.monotonic() + 10
    while sentence not in gate.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def copied(template: Guarded, folder: Path) -> Guarded:
    shutil.copytree(template.installation.folder, folder)
    return Guarded(Installation(folder), template.ada, template.bob)
