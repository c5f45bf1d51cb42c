"""The nonce ledger that the workers of one `serve` share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keyreeve.domain.edge import Edge
from keyreeve.judge.shared_ledger import MmapLedger
from keyreeve.settings import Settings


@contextmanager
def shared(settings: Settings, edge: Edge) -> Iterator[Path]:
    """Make a ledger of a new generation, and say under which path a forked worker opens it.

    The file loses its name at once, so it cannot outlive the processes that use it, however they
    end. Opened through the inherited descriptor it is a new open file, with a lock of its own.
    """
    path = settings.data_dir / f"nonces.{os.getpid()}"
    MmapLedger.create(path, edge, lifetime=settings.nonce_seconds * 1000)
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    path.unlink()
    try:
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
