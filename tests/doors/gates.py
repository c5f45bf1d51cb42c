"""A real `keyreeve gate`, started as users start it."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from doors.installation import KEYREEVE, Installation

STOP_SECONDS = 40


@dataclass
class RunningGate:
    """A gate, and where it listens."""

    listen: str
    process: "subprocess.Popen[str]"
    log: Path

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])


@contextmanager
def gate(
    installation: Installation, preset: str = "nginx", *, listen: str = "127.0.0.1:0",
    workers: int = 1, **settings: str,
) -> Iterator[RunningGate]:  # fmt: skip
    """Start a gate and stop it by its process id."""
    log = installation.folder / f"gate-{preset}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [KEYREEVE, "gate", "--listen", listen, "--preset", preset, "--workers", str(workers)],
            cwd=installation.folder,
            env=installation.environment() | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.readline()
        assert "The gate listens on " in said, log.read_text()
        running = RunningGate(said.split()[4], process, log)
        try:
            yield running
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)
