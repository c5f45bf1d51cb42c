"""A real installation in a folder of its own: command line and server, as users start them."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

KEYREEVE = str(Path(sys.executable).with_name("keyreeve"))
START_SECONDS = 30
PORTS = (10_000, 32_000)
_CHANCE = random.SystemRandom()  # the other one begins anew with every test
BASE = "/api/public/v1.0"
UNLIMITED = {"KEYREEVE_FAILED_PROOFS_BURST": "0", "KEYREEVE_CALLS_BURST": "0"}
"""Doors are tried by force here; what tries the throttle sets it."""


class CommandFailed(Exception):
    """A command ended with another status than 0."""


@dataclass
class Server:
    """A running `keyreeve serve`."""

    url: str
    port: int
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def api(self) -> str:
        return self.url + BASE

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@dataclass
class Installation:
    """A folder, its settings, and what can be done there."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("KEYREEVE_")}
        database = f"sqlite:///{self.folder / 'keyreeve.db'}"
        return inherited | {"KEYREEVE_DATABASE_URL": database} | UNLIMITED | dict(self.settings)

    def run(self, *words: str, stdin: str = "") -> Any:
        """Run a command with `--json` and return what it printed."""
        done = self.attempt(*words, "--json", stdin=stdin)
        if done.returncode:
            raise CommandFailed(f"{words}: {done.returncode}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def attempt(self, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [KEYREEVE, *words],
            check=False,
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environment(),
            timeout=60,
        )

    @contextmanager
    def serving(self, *, workers: int = 1, **settings: str) -> Iterator[Server]:
        """Start `keyreeve serve` on a free port and stop it by its process id."""
        server = self.start(workers=workers, **settings)
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.process.send_signal(signal.SIGTERM)
            server.process.wait(40)

    def start(self, *, workers: int = 1, port: int | None = None, **settings: str) -> Server:
        port = port or free_port()
        log = self.folder / "serve.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [KEYREEVE, "serve", "--port", str(port), "--workers", str(workers)],
                cwd=self.folder,
                env=self.environment() | settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        server = Server(f"http://127.0.0.1:{port}", port, process, log)
        _await_ready(server)
        return server


def free_port() -> int:
    """Return a port below those that the system gives to outgoing connections: none takes it."""
    while True:
        port = _CHANCE.randrange(*PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _await_ready(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise CommandFailed(f"serve ended: {server.log.read_text()}")
        try:
            with urlopen(f"{server.url}/readyz", timeout=2) as answer:
                answer.read()
                return
        except HTTPError as unready:
            unready.close()
        except (URLError, OSError):
            pass
        time.sleep(0.1)
    server.process.kill()
    raise CommandFailed(f"serve is not ready: {server.log.read_text()}")
