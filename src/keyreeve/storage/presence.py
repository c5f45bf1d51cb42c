"""Presence: whether the files of an embedded installation are still those that were opened.

A deleted file lives on for whoever holds it open. He would go on deciding by it, and hear of no
change that is made in the file that has its name now.
"""

from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pysqlite3.dbapi2 as sqlite

from keyreeve.storage.epoch import EpochFile
from keyreeve.storage.errors import DatabaseLost

BUSY_SECONDS = 3
"""How long a look waits for whoever has the file to himself."""
PAGE_BYTES = 4096
"""No database of ours is smaller."""

_LOG = ("-wal", "-shm")
"""How SQLite calls its write-ahead log, and the index of it that processes share."""


class Presence:
    """The database file and the epoch file of one process, as it opened them."""

    def __init__(self, file: Path, epoch_file: EpochFile) -> None:
        self._file = file
        self._epoch = 0
        self._epoch_file = epoch_file
        self._identity = _identity(file)
        self._log = tuple(file.with_name(file.name + ending) for ending in _LOG)
        self._log_identity = tuple(map(_identity, self._log))

    def check(self) -> None:
        """Check that the name of the database still leads to what was opened. Costs a microsecond.

        Its content is not read: who opens and closes the file takes away the locks of SQLite on it.

        Raises:
            DatabaseLost: it does not, or what was in it is gone.
        """
        try:
            found = self._file.stat()
        except OSError as missing:
            raise DatabaseLost(f"{self._file}: {missing.strerror}") from missing
        if (found.st_dev, found.st_ino) != self._identity:
            raise DatabaseLost(f"{self._file} is another file than was opened; restart")
        if found.st_size < PAGE_BYTES:
            raise DatabaseLost(f"{self._file} is empty, or no database any more")

    def check_log(self) -> None:
        """Check the write-ahead log: as long as we have read through it, nobody makes it anew.

        Without its name it would be ours alone. Changes of other processes would be in another
        one, and ours would die with us.

        Raises:
            DatabaseLost: somebody removed it.
        """
        if tuple(map(_identity, self._log)) != self._log_identity:
            raise DatabaseLost(f"{self._log[0]} is not what it was when it was opened; restart")

    def examine(self) -> None:
        """Check both files, and that the database can be read by who knows nothing of it yet.

        Raises:
            DatabaseLost: they are not what was opened, or cannot be read.
        """
        self.check()
        self.check_log()
        self._epoch_file.check()
        epoch = self._read_epoch()
        if epoch < self._epoch:
            raise DatabaseLost(f"{self._file} is older than it was; restart")
        self._epoch = epoch

    def _read_epoch(self) -> int:
        """Read through a connection of its own: one of a pool might know it from before."""
        where = f"file:{quote(str(self._file))}?mode=rw"
        try:
            with closing(sqlite.connect(where, timeout=BUSY_SECONDS, uri=True)) as connection:
                epoch: int = connection.execute("SELECT epoch FROM installation").fetchone()[0]
        except (sqlite.Error, TypeError) as broken:
            raise DatabaseLost(f"{self._file}: {broken}") from broken
        if not isinstance(epoch, int):
            raise DatabaseLost(f"{self._file} holds something else where its epoch was")
        return epoch


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells this file from every other one; None if there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
