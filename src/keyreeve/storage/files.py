"""Files that only their owner may read, and that are there whole or not at all."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keyreeve.storage.errors import StartRefused

PRIVATE = 0o600
GATE_SECONDS = 60.0
"""For a long upgrade by another process."""

_PAUSE_SECONDS = 0.05


@contextmanager
def gate(folder: Path) -> Iterator[None]:
    """Let one process at a time start, upgrade or restart what lies in this folder.

    The lock is on the folder itself, so that nothing need be made to hold it, and it ends with
    its process.

    Raises:
        StartRefused: the folder is missing, or somebody keeps the gate shut.
    """
    with refusing(folder):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if not await_lock(handle, fcntl.LOCK_EX, GATE_SECONDS):
            raise StartRefused(folder, "another process has been starting here for a minute")
        yield
    finally:
        os.close(handle)


def lock(handle: int, kind: int) -> bool:
    """Take a lock without waiting; tell whether it was free."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError as busy:
        if busy.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True


def await_lock(handle: int, kind: int, seconds: float) -> bool:
    """Take a lock, and wait so long for whoever has it; tell whether it became free."""
    for _ in range(max(1, round(seconds / _PAUSE_SECONDS))):
        if lock(handle, kind):
            return True
        time.sleep(_PAUSE_SECONDS)
    return False


def create(path: Path, content: bytes = b"") -> None:
    """Write a new file for the owner's eyes only, whatever the umask, and onto the disk.

    Raises:
        FileExistsError: there is one.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, PRIVATE)
        file.write(content)
        file.flush()
        os.fsync(handle)


def replace(path: Path, content: bytes) -> None:
    """Put a new content in the place of a file; a crash leaves the old or the new, whole."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    create(draft, content)
    draft.replace(path)
    sync_folder(path.parent)


def publish(draft: Path, path: Path) -> None:
    """Give a finished file its name, unless the name is taken.

    Raises:
        FileExistsError: it is.
    """
    os.link(draft, path)
    sync_folder(path.parent)
    draft.unlink()


def sync_folder(folder: Path) -> None:
    """Have the disk know the names in a folder."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn what the system says of a file into a refusal that names it.

    Raises:
        StartRefused: the system refused.
    """
    try:
        yield
    except OSError as refused:
        raise StartRefused(path, refused.strerror or "the file cannot be used") from refused
