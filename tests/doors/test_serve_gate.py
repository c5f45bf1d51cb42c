"""`serve --gate`: console, public API and a gate, started, kept alive and stopped together."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from doors.installation import KEYREEVE, Installation
from enforcement.gating import question
from enforcement.serving import Raw, answer, connected
from keyreeve.protocol.forwarded import Rule

ADA = "ada@example.org"
STOP_SECONDS = 31


@dataclass
class Both:
    """A running `serve --gate`, and what it said."""

    process: "subprocess.Popen[str]"
    said: dict[str, Any]
    log: Path

    @property
    def gate_port(self) -> int:
        return int(self.said["gate"]["listen"].rpartition(":")[2])

    def is_alive(self) -> bool:
        return requests.get(f"{self.said['url']}/livez", timeout=10).status_code == 200


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, str]:
    """An installation with a catalogue of one operation, and a key that may call it."""
    installation = Installation(tmp_path_factory.mktemp("guarded"))
    run = installation.run
    run("user", "create", ADA)
    run("group", "create", "g", "--owner", ADA, "--public-api", "on")
    (installation.folder / "api.json").write_text('{"openapi":"3.1.0","paths":{"/a":{"get":{}}}}')
    run("catalogue", "import", "api.json")
    key = run("key", "generate", ADA, "--description", "k")["key"]
    return installation, f"Authorization: Bearer {key}"


@contextmanager
def serving(
    installation: Installation, *words: str, gate: str = "127.0.0.1:0", workers: int = 1
) -> Iterator[Both]:
    log = installation.folder / "both.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [KEYREEVE, "serve", "--port", "0", "--json", "--workers", str(workers),
             "--gate", gate, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=output, text=True,
            env=installation.environment(), cwd=installation.folder,
        )  # fmt: skip
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.readline()
        assert said, log.read_text()
        try:
            yield Both(process, json.loads(said), log)
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(STOP_SECONDS)


def ask(connection: socket.socket, bearer: str) -> Raw:
    connection.sendall(question(bearer, close=False, X_Real_IP="127.0.0.1"))
    return answer(connection)


def process_of(both: Both, connection: socket.socket) -> psutil.Process:
    """Return the child at the other end of a connection."""
    port = connection.getsockname()[1]
    for child in psutil.Process(both.process.pid).children():
        ends = child.net_connections("tcp4")
        if any(end.raddr and end.raddr.port == port for end in ends):
            return child
    raise AssertionError("nobody holds this connection")


def gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=10)[1]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_gate_stands_beside_console_and_api_and_all_stop_together(
    guarded: tuple[Installation, str], workers: int
) -> None:
    installation, bearer = guarded
    with serving(installation, workers=workers) as both:
        assert both.said["gate"]["preset"] == "nginx"
        assert both.is_alive()
        with connected(both.gate_port) as connection:
            assert ask(connection, bearer).status == 200
            assert ask(connection, "X: y").status == 401
        children = psutil.Process(both.process.pid).children()
        assert len(children) == workers + 1
        started = time.monotonic()
        both.process.send_signal(signal.SIGTERM)
        assert both.process.wait(STOP_SECONDS) == 0
        assert time.monotonic() - started < 10
        assert gone(children)


def test_a_killed_gate_comes_back_and_nobody_else_notices(
    guarded: tuple[Installation, str],
) -> None:
    installation, bearer = guarded
    with serving(installation) as both:
        with connected(both.gate_port) as connection:
            assert ask(connection, bearer).status == 200
            first = process_of(both, connection)
            first.kill()
            assert connection.recv(1) == b""
        assert both.is_alive()
        with connected(both.gate_port) as connection:
            assert ask(connection, bearer).status == 200
            assert process_of(both, connection).pid != first.pid
        assert '"work":"gate"' in both.log.read_text()


def test_a_killed_parent_takes_everybody_along(guarded: tuple[Installation, str]) -> None:
    installation, bearer = guarded
    with serving(installation) as both:
        with connected(both.gate_port) as connection:
            assert ask(connection, bearer).status == 200
        children = psutil.Process(both.process.pid).children()
        both.process.kill()
        assert gone(children)


def test_a_gate_on_a_socket_file_leaves_none_behind(guarded: tuple[Installation, str]) -> None:
    installation, bearer = guarded
    path = installation.folder / "gate"
    with (
        serving(installation, "--gate-preset", "traefik", gate=f"unix:{path}") as both,
        socket.socket(socket.AF_UNIX) as connection,
    ):
        assert both.said["gate"] == {"listen": f"unix:{path}", "preset": "traefik"}
        connection.settimeout(10)
        connection.connect(str(path))
        sound = question(bearer, preset="traefik", close=False, X_Real_IP="127.0.0.1")
        connection.sendall(sound)
        assert answer(connection).status == 200
    assert not path.exists()


@pytest.mark.parametrize("gate", ["taken", "127.0.0.1", "127.0.0.1:99999", "unix:/nowhere/gate"])
def test_where_no_gate_can_listen_nothing_starts(
    guarded: tuple[Installation, str], gate: str
) -> None:
    installation, _ = guarded
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        if gate == "taken":
            gate = f"127.0.0.1:{taken.getsockname()[1]}"
        done = installation.attempt("serve", "--port", "0", "--gate", gate, "--json")
    assert done.returncode == 1
    assert json.loads(done.stderr)["error"]["code"] == "CANNOT_LISTEN"
    assert not done.stdout


def test_a_denial_at_the_gate_is_kept_with_each_hop_and_the_rule_that_applied(
    guarded: tuple[Installation, str],
) -> None:
    installation, bearer = guarded
    walked = {"X_Forwarded_Uri": "/unknown", "X_Forwarded_For": "127.0.0.3, 127.0.0.2"}
    with serving(installation, "--gate-preset", "caddy") as both:
        with connected(both.gate_port) as connection:
            connection.sendall(question(bearer, preset="caddy", close=False, **walked))
            denied = answer(connection)
        assert (denied.status, denied.document["errorCode"]) == (403, "OPERATION_UNKNOWN")
    told = installation.run("decision", "show", denied.document["decision"])
    assert told["hops"] == [
        {"name": "127.0.0.1", "rule": Rule.TRUSTED.value},
        {"name": "127.0.0.2", "rule": Rule.TRUSTED.value},
        {"name": "127.0.0.3", "rule": Rule.FURTHEST.value},
    ]
