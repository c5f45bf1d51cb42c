"""A gate from start to end, as its own process."""

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from doors import gates
from doors.installation import Installation
from enforcement.gating import question
from enforcement.serving import Raw, answer, answers, connected


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def ask(port: int, *lines: str, **changes: Any) -> Raw:
    with connected(port) as connection:
        connection.sendall(question(*lines, **changes))
        return answers(connection)[0]


def guarded(installation: Installation) -> str:
    """Found a group and import a catalogue of one operation; return a key."""
    run = installation.run
    run("user", "create", "ada@example.org")
    run("group", "create", "g", "--owner", "ada@example.org", "--public-api", "on")
    (installation.folder / "api.json").write_text('{"openapi":"3.1.0","paths":{"/a":{"get":{}}}}')
    run("catalogue", "import", "api.json")
    key: str = run("key", "generate", "ada@example.org", "--description", "k")["key"]
    return f"Authorization: Bearer {key}"


@pytest.mark.parametrize("workers", [1, 2])
def test_a_gate_judges_what_is_imported_and_stops_when_told(
    installation: Installation, workers: int
) -> None:
    bearer = guarded(installation)
    with gates.gate(installation, workers=workers) as gate:
        assert ask(gate.port).status == 401
        assert ask(gate.port, bearer, X_Real_IP="127.0.0.1").status == 200
        assert ask(gate.port, bearer, X_Real_IP="192.0.2.9").status == 401
        denied = ask(gate.port, bearer, X_Real_IP="127.0.0.1", X_Original_URI="/b")
        assert denied.document["errorCode"] == "OPERATION_UNKNOWN"
        (installation.folder / "api.json").write_text(
            '{"openapi":"3.1.0","paths":{"/b":{"get":{}}}}'
        )
        installation.run("catalogue", "import", "api.json")
        for path, status in (("/a", 403), ("/b", 200)):
            found = ask(gate.port, bearer, X_Real_IP="127.0.0.1", X_Original_URI=path)
            assert found.status == status
        gate.process.send_signal(signal.SIGTERM)
        assert gate.process.wait(20) == 0


def test_it_listens_on_a_socket_file(installation: Installation) -> None:
    bearer = guarded(installation)
    path = installation.folder / "gate"
    listen = f"unix:{path}"
    with gates.gate(installation, listen=listen), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(question(bearer, X_Real_IP="127.0.0.1"))
        assert answers(connection)[0].status == 200
    assert not path.exists()


def test_only_the_proxies_of_the_settings_are_believed(installation: Installation) -> None:
    with gates.gate(installation, KEYREEVE_TRUSTED_PROXIES="192.0.2.1") as gate:
        assert ask(gate.port).document["errorCode"] == "PEER_NOT_TRUSTED"


def test_an_interrupt_ends_it_too_and_closes_what_is_idle(installation: Installation) -> None:
    with gates.gate(installation) as gate, connected(gate.port) as idle:
        idle.sendall(question(close=False))
        assert answer(idle).status == 401
        started = time.monotonic()
        gate.process.send_signal(signal.SIGINT)
        assert idle.recv(1) == b""
        assert gate.process.wait(20) == 0
        assert time.monotonic() - started < 5


def test_without_its_database_it_lets_nobody_through(installation: Installation) -> None:
    bearer = guarded(installation)
    with gates.gate(installation) as gate:
        assert ask(gate.port, bearer, X_Real_IP="127.0.0.1").status == 200
        for file in installation.folder.glob("keyreeve.db*"):
            os.truncate(file, 0)
        stranger = ask(gate.port, "Authorization: Bearer kr_none", X_Real_IP="127.0.0.1")
        assert stranger.status in {401, 403}
        # From memory, until the next look at the database; then nobody, whoever was known before.
        deadline = time.monotonic() + 3
        while ask(gate.port, bearer, X_Real_IP="127.0.0.1").status == 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for _ in range(5):
            denied = ask(gate.port, bearer, X_Real_IP="127.0.0.1")
            assert denied.status == 403
            assert denied.document["errorCode"] == "UNEXPECTED_ERROR"
