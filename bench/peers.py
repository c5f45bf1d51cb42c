"""Servers that are measured beside each other, on one core, while the load has the other one."""

import argparse
import json
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import truediv
from pathlib import Path
from typing import Any

from furnished import HERE, Bench

SERVER_CORE, LOAD_CORE = "0", "1"
STOPPING_SECONDS = 0.05
CPU_TIME = 2
"""Marks the number of a clock as that of a process (clock_getcpuclockid)."""


@dataclass
class Peer:
    """What is put under load, and what was measured of it."""

    name: str
    processes: "list[subprocess.Popen[bytes]]"
    port: int
    load: list[str]
    goal: float | None = None
    """At least how many times its requests the first peer is to answer."""
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def round(self, generator: str, seconds: float) -> None:
        """Load it while all others sleep."""
        before = self._cpu()
        self._signal(signal.SIGCONT)
        command = [generator, "-p", str(self.port), "-d", str(seconds), "-A", LOAD_CORE]
        loaded = subprocess.run([*command, *self.load], check=True, capture_output=True, text=True)
        self._signal(signal.SIGSTOP)
        said = json.loads(loaded.stdout.splitlines()[-1])
        wrong = said["other"] + said["err"] + said["connerr"]
        if wrong or said["s401"] > said["ok"] / 100:
            raise SystemExit(f"{self.name} refused or failed requests: {said}")
        time.sleep(STOPPING_SECONDS)
        self.rates.append(said["rps"])
        self.costs.append((self._cpu() - before) / said["all"] / 1000)

    def _signal(self, number: int) -> None:
        for process in self.processes:
            process.send_signal(number)

    def _cpu(self) -> int:
        """Return the nanoseconds that all its threads were on a CPU."""
        return sum(time.clock_gettime_ns(~p.pid << 3 | CPU_TIME) for p in self.processes)


def asked(arguments: argparse.ArgumentParser) -> argparse.Namespace:
    """Read what every measurement can be told."""
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--seconds", type=float, default=1.5)
    arguments.add_argument("--algorithm", choices=("md5", "sha256"), default="md5")
    arguments.add_argument("--sleep", action="store_true")
    return arguments.parse_args()


@contextmanager
def gate(bench: Bench, preset: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Run a gate; yield its process and port."""
    port = free_port()
    command = [Path(sys.executable).with_name("keyreeve"), "gate"]
    command += ["--listen", f"127.0.0.1:{port}", "--preset", preset]
    with running(command, bench.environ, port) as process:
        yield process, port


@contextmanager
def uvicorn(
    bench: Bench, app: str, *options: str
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Run an application that lies here; yield its process and port."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), *options]
    command += ["--app-dir", str(HERE), "--no-access-log", "--log-level", "warning"]
    command += ["--loop", "uvloop", "--http", "httptools"]
    with running(command, bench.environ, port) as process:
        yield process, port


@contextmanager
def running(
    command: list[Any], environ: Mapping[str, str], port: int
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server until it answers, and let it sleep."""
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


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(peers: list[Peer], bench: Bench, told: argparse.Namespace) -> int:
    """Load all in turn, print, and tell by the exit status whether the first meets its goals."""
    for _ in range(told.rounds):
        for peer in peers:
            peer.round(bench.generator, told.seconds)
    for peer in peers:
        rate, cost = statistics.median(peer.rates), statistics.median(peer.costs)
        print(f"{peer.name:24} {rate:8.0f} requests/s  {cost:6.2f} us of CPU a request")
    first, *others = peers
    met = True
    for peer in others:
        ratio = statistics.median(map(truediv, first.rates, peer.rates))
        cost = statistics.median(map(truediv, peer.costs, first.costs))
        goal = "the floor" if peer.goal is None else f"goal {peer.goal}"
        print(f"against {peer.name:24} {ratio:.2f}x requests/s, {cost:.2f}x CPU ({goal})")
        met = met and (peer.goal is None or ratio >= peer.goal)
    return 0 if met else 1


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
