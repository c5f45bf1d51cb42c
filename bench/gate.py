"""The gate beside a bare uvicorn application, loaded in turn in one run with real digests.

All run on one core and the load on another, round by round, so that a noisy machine is noisy to
all; a ratio is the median of those of the rounds. In the gate everything is on: replay window,
roles, group, whitelists, freshness check, throttle, access records. Users and paths vary.

The application looks at nothing and says 200. It gets the very questions that the gate gets; and
then, which is the harder comparison, requests without credentials or any field of a proxy.

    .venv/bin/python bench/gate.py [--rounds 7] [--seconds 1.5] [--algorithm md5|sha256] [--sleep]

`--sleep` lets the load sleep while it waits for answers. A server then pays for waking it, which
on a virtual machine can cost more than all that is measured here.

It needs gcc and the headers of OpenSSL (Debian: gcc libssl-dev), two cores and taskset.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from operator import truediv
from pathlib import Path
from typing import Any

from keyreeve import settings
from keyreeve.app import edge
from keyreeve.domain.audit import Actor
from keyreeve.domain.operation import Named, Operation
from keyreeve.services import api_keys, catalogue, groups, roles, users, whitelists
from keyreeve.storage.database import Database

HERE = Path(__file__).parent
USERS = 1000
PATHS = 2000
GOAL = 1.0
STOPPING_SECONDS = 0.05
FOREIGN = ["-R", "Keyreeve", "-N", "n" * 44]
"""Realm and nonce of who never challenges; the load ends the nonces, each as long as ours."""
CLI = Actor("cli:bench")
SERVER_CORE, LOAD_CORE = "0", "1"
CPU_TIME = 2
"""Marks the number of a clock as that of a process (clock_getcpuclockid)."""
NETWORKS = [(f"10.{n}.0.0/16", "") for n in range(10)]
ENVIRONMENT = {
    "KEYREEVE_CALLS_BURST": "1000000",
    "KEYREEVE_CALLS_PER_SECOND": "1000000",
    "KEYREEVE_LOG_LEVEL": "warning",
}
"""A key of the load calls more often than any user's."""


@dataclass
class Peer:
    """A server under load, and what was measured of it."""

    name: str
    process: "subprocess.Popen[bytes]"
    port: int
    load: list[str]
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)


def main() -> int:
    """Measure, print, and tell by the exit status whether the goal is met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--algorithm", choices=("md5", "sha256"), default="md5")
    parser.add_argument("--sleep", action="store_true")
    asked = parser.parse_args()
    memory = Path("/dev/shm")
    with ExitStack() as stack:
        place = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        folder = Path(stack.enter_context(place))
        generator = _generator(folder)
        environ = _environ(folder, asked.algorithm)
        _furnish(folder, environ)
        questions = _questions(folder, asked.algorithm) + ["-s"] * asked.sleep
        plain = ["-t", "/"] + ["-s"] * asked.sleep
        peers = [
            stack.enter_context(_gate(environ, questions)),
            stack.enter_context(_bare("bare, the same requests", environ, [*questions, *FOREIGN])),
            stack.enter_context(_bare("bare, plain requests", environ, plain)),
        ]
        for _ in range(asked.rounds):
            for peer in peers:
                _round(peer, generator, asked.seconds)
    return _tell(peers)


def _environ(folder: Path, algorithm: str) -> dict[str, str]:
    offered = {"md5": "MD5", "sha256": "SHA-256"}[algorithm]
    ours = {
        "KEYREEVE_DATABASE_URL": f"sqlite:///{folder}/keyreeve.db",
        "KEYREEVE_DIGEST_ALGORITHMS": offered,
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("KEYREEVE_")}
    return inherited | ours | ENVIRONMENT


def _generator(folder: Path) -> str:
    """Compile the load generator."""
    program = str(folder / "dload")
    flags = ["-O2", "-Wno-deprecated-declarations", "-Wno-unused-result"]
    subprocess.run(["gcc", *flags, "-o", program, HERE / "dload.c", "-lcrypto"], check=True)
    return program


def _furnish(folder: Path, environ: Mapping[str, str]) -> None:
    """Make users with keys and whitelists, one group of theirs, a catalogue, and paths to call."""
    database = Database.open(settings.load(environ), edge.real(), upgrade=True)
    path = "/v1/groups/{group}/things/{thing}"
    operations = [Operation("get", "GET", path, group=Named("group"))]
    operations += [Operation(f"o{n}", "GET", f"/v1/other{n}/{{id}}") for n in range(200)]
    with database.transaction() as t:
        group = groups.create(t, CLI, name="bench", owner=None, public_api_enabled=True)
        catalogue.replace(t, CLI, operations)
    keys = []
    for number in range(USERS):
        with database.transaction() as t:
            name = f"user{number}@example.org"
            user = users.create(t, CLI, username=name, first_name="B", last_name="B")
            roles.grant(t, CLI, user, group, "GROUP_READ_ONLY")
            whitelists.add(t, CLI, user, NETWORKS)
            keys.append(f"{name}:{api_keys.generate(t, CLI, user, 'bench')[1]}")
    database.close()
    (folder / "users").write_text("\n".join(keys))
    targets = (f"/v1/groups/{group.id}/things/{n:05d}?page={n}" for n in range(PATHS))
    (folder / "paths").write_text("\n".join(targets))


def _questions(folder: Path, algorithm: str) -> list[str]:
    """Return what has the load ask as Traefik would."""
    facts = ["-H", "X-Forwarded-Method: GET", "-H", "X-Real-IP: 10.3.0.9"]
    asking = ["-D", algorithm, "-f", str(folder / "users"), "-P", str(folder / "paths")]
    return [*asking, "-t", "/auth", "-U", "/", *facts]


@contextmanager
def _gate(environ: Mapping[str, str], load: list[str]) -> Iterator[Peer]:
    port = _free_port()
    command = [Path(sys.executable).with_name("keyreeve"), "gate"]
    command += ["--listen", f"127.0.0.1:{port}", "--preset", "traefik"]
    with _running(command, environ, port) as process:
        yield Peer("keyreeve gate", process, port, load)


@contextmanager
def _bare(name: str, environ: Mapping[str, str], load: list[str]) -> Iterator[Peer]:
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", "bare:app", "--port", str(port)]
    command += ["--app-dir", str(HERE), "--no-access-log", "--log-level", "warning"]
    command += ["--loop", "uvloop", "--http", "httptools"]
    with _running(command, environ, port) as process:
        yield Peer(name, process, port, load)


@contextmanager
def _running(
    command: list[Any], environ: Mapping[str, str], port: int
) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command], env=environ, stdout=subprocess.DEVNULL
    )
    try:
        _await(process, port)
        process.send_signal(signal.SIGSTOP)
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(40)


def _round(peer: Peer, generator: str, seconds: float) -> None:
    """Load one peer while the others sleep."""
    before = _cpu(peer.process.pid)
    peer.process.send_signal(signal.SIGCONT)
    command = [generator, "-p", str(peer.port), "-d", str(seconds), "-A", LOAD_CORE, *peer.load]
    loaded = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    peer.process.send_signal(signal.SIGSTOP)
    said = json.loads(loaded.stdout.splitlines()[-1])
    wrong = said["other"] + said["err"] + said["connerr"]
    if wrong or said["s401"] > said["ok"] / 100:
        raise SystemExit(f"{peer.name} refused or failed requests: {said}")
    time.sleep(STOPPING_SECONDS)
    peer.rates.append(said["rps"])
    peer.costs.append((_cpu(peer.process.pid) - before) / said["all"] / 1000)


def _tell(peers: list[Peer]) -> int:
    gate, *others = peers
    for peer in peers:
        rate, cost = statistics.median(peer.rates), statistics.median(peer.costs)
        print(f"{peer.name:24} {rate:8.0f} requests/s  {cost:6.2f} us of CPU a request")
    ratios = []
    for peer in others:
        ratios.append(statistics.median(map(truediv, gate.rates, peer.rates)))
        cost = statistics.median(map(truediv, peer.costs, gate.costs))
        print(f"gate / {peer.name:24} {ratios[-1]:.2f}x requests/s, {cost:.2f}x CPU (goal {GOAL})")
    return 0 if min(ratios) >= GOAL else 1


def _cpu(pid: int) -> int:
    """Return the nanoseconds that all threads of a process were on a CPU, up to this one."""
    return time.clock_gettime_ns(~pid << 3 | CPU_TIME)


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing listens on port {port}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
