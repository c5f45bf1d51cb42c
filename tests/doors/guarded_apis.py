"""uvicorn with an application that guards itself, started as users start it."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doors import wire
from doors.installation import Installation, free_port

START_SECONDS = 30
ASKED = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


@contextmanager
def uvicorn(
    installation: Installation, *options: str, app: str = "doors.streaming_app:app", **settings: str
) -> Iterator[int]:
    """Serve; yields the port, once the door answers there."""
    port = free_port()
    log = installation.folder / "uvicorn.log"
    path = {"PYTHONPATH": str(Path(__file__).parents[1])}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", app, "--port", str(port), *options],
            cwd=installation.folder,
            env=installation.environment() | path | settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _await_door(port, process, log)
        yield port
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(40)


def _await_door(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            assert wire.statuses(wire.exchange(port, ASKED)) == [401], log.read_text()
        except (ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())
