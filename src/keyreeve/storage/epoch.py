"""The epoch file: the count of changes, shared by every process of one host."""

import fcntl
import mmap
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from uuid import UUID

from keyreeve.storage import files, mounts, second_names
from keyreeve.storage.errors import DatabaseLost, StartRefused

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
MOUNTS = Path("/proc/self/mountinfo")
GENERATION_BYTES = 8

_MAGIC = b"KRepoch1"
# magic, C, inode of the database, boot id, installation id, generation
_HEADER = struct.Struct("=8sQQ16s24s8s")
_COUNTER_INDEX = 1
"""C is the second word of eight bytes, so that it is read and written in one piece."""
_NO_BOOT_ID = bytes(16)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an epoch file must agree on with whoever joins it."""

    installation_id: str
    inode: int
    """Of the database file: a restored or copied database is another one."""
    boot_id: bytes
    generation: bytes = bytes(GENERATION_BYTES)
    """Anew whenever the file is made anew."""


class EpochFile:
    """The shared counter C, held open and so alive until it is closed.

    `read` returns C. It costs nanoseconds and never blocks.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self._map = mmap.mmap(handle, _HEADER.size)
        self._words = memoryview(self._map).cast("Q")
        self.read: Callable[[], int] = partial(self._words.__getitem__, _COUNTER_INDEX)
        self._stamp = _unpack(self._map[:])
        self.generation = self._stamp.generation
        self._highest = self.read()

    def raise_to(self, epoch: int) -> None:
        """Set C. Only who holds the write lock of the database may call this."""
        self._words[_COUNTER_INDEX] = epoch

    def check(self) -> None:
        """Check that those who come later will share this very file, and that C only ever rises.

        Raises:
            DatabaseLost: they will not, or somebody wrote into it.
        """
        try:
            if not self.path.exists():
                second_names.restore(self.path)
            shared = os.path.samestat(os.fstat(self._handle), os.lstat(self.path))
            found = _unpack(os.pread(self._handle, _HEADER.size, 0))
        except (OSError, struct.error) as broken:
            raise DatabaseLost(f"{self.path} is gone, or no epoch file: {broken}") from broken
        counter = self.read()
        if not shared or found != self._stamp or counter < self._highest:
            raise DatabaseLost(f"{self.path} is not as it was when it was opened; restart")
        self._highest = counter

    def close(self) -> None:
        """Leave the file; the last to leave lets it be made anew."""
        self._words.release()
        self._map.close()
        os.close(self._handle)


def stamp(installation_id: str, database: Path) -> Stamp:
    """Say what an epoch file beside this database must agree on, here and since this boot."""
    return Stamp(installation_id, database.stat().st_ino, _boot_id())


def join(
    path: Path, expected: Stamp, *, committed: int, entropy: Callable[[int], bytes]
) -> EpochFile:
    """Open the epoch file, or make it anew when nobody alive holds it and it is of another boot.

    `committed` is the epoch of the database. The caller keeps others from joining meanwhile.

    Raises:
        StartRefused: the file belongs to another installation, lies on a network file system,
            cannot be written, or is held by processes that see another database.
    """
    with files.refusing(path):
        check_place(path)
        recall(path, expected.installation_id)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            file = _make(path, expected, committed=committed, entropy=entropy)
        else:
            file = _rejoin(path, handle, expected, committed=committed, entropy=entropy)
        second_names.keep(path)
        return file


def recall(path: Path, installation_id: str) -> None:
    """Give the epoch file of an installation its name back if somebody took it away."""
    found = peek(second_names.of(path))
    if found is not None and found.installation_id == installation_id:
        second_names.restore(path)


def is_alive(path: Path) -> bool:
    """Tell whether some process holds this epoch file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return not files.lock(handle, fcntl.LOCK_EX)
    finally:
        os.close(handle)


def peek(path: Path) -> Stamp | None:
    """Return what an epoch file says of itself, if it is one."""
    try:
        return _unpack(path.read_bytes()[: _HEADER.size])
    except (OSError, struct.error):
        return None


def check_place(path: Path) -> None:
    """Accept a folder whose memory all processes of this host share.

    Raises:
        StartRefused: it lies on a network file system.
    """
    if MOUNTS.exists():
        kind = mounts.network(path.parent.resolve(), MOUNTS.read_text(errors="replace"))
        if kind is not None:
            raise StartRefused(path, f"{kind} is a network file system; use a local folder")


def _rejoin(
    path: Path, handle: int, expected: Stamp, *, committed: int, entropy: Callable[[int], bytes]
) -> EpochFile:
    try:
        alone = files.lock(handle, fcntl.LOCK_EX)
        found = _read(path, handle)
        _check_stamp(path, found, expected, alone=alone)
    except BaseException:
        os.close(handle)
        raise
    if not _same_run(found, expected):
        # Nobody else holds it, or it would have been refused.
        os.close(handle)
        return _make(path, expected, committed=committed, entropy=entropy)
    fcntl.flock(handle, fcntl.LOCK_SH)
    file = EpochFile(path, handle)
    if alone:
        # Nobody writes now. C falls behind only if the disk forgot what memory knew.
        file.raise_to(max(file.read(), committed))
    return file


def _read(path: Path, handle: int) -> Stamp:
    content = os.pread(handle, _HEADER.size + 1, 0)
    try:
        return _unpack(content)
    except struct.error:
        raise StartRefused(
            path, "this is no epoch file; remove it if nothing else needs it"
        ) from None


def _check_stamp(path: Path, found: Stamp, expected: Stamp, *, alone: bool) -> None:
    if found.installation_id != expected.installation_id:
        raise StartRefused(path, "it belongs to another installation; give each its own folder")
    if not alone and not _same_run(found, expected):
        raise StartRefused(
            path, "running processes hold it for another database file; stop all of them first"
        )


def _same_run(found: Stamp, expected: Stamp) -> bool:
    known = found.boot_id != _NO_BOOT_ID
    return known and replace(found, generation=expected.generation) == expected


def _make(
    path: Path, expected: Stamp, *, committed: int, entropy: Callable[[int], bytes]
) -> EpochFile:
    fresh = replace(expected, generation=entropy(GENERATION_BYTES))
    files.replace(path, _pack(fresh, committed))
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    fcntl.flock(handle, fcntl.LOCK_SH)
    return EpochFile(path, handle)


def _pack(stamp_: Stamp, counter: int) -> bytes:
    return _HEADER.pack(
        _MAGIC,
        counter,
        stamp_.inode,
        stamp_.boot_id,
        stamp_.installation_id.encode(),
        stamp_.generation,
    )


def _unpack(content: bytes) -> Stamp:
    magic, _, inode, boot_id, installation_id, generation = _HEADER.unpack(content)
    if magic != _MAGIC:
        raise struct.error("another magic")
    return Stamp(installation_id.decode("latin-1"), inode, boot_id, generation)


def _boot_id() -> bytes:
    # Where the system has none, a file nobody holds is made anew each time.
    try:
        return UUID(BOOT_ID.read_text().strip()).bytes
    except (OSError, ValueError):
        return _NO_BOOT_ID
