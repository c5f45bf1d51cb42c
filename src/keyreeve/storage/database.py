"""The control database: open, read at one moment, change as a whole."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from keyreeve.domain.edge import Edge
from keyreeve.settings import Settings
from keyreeve.storage import backup, embedded, hosted, inspection, schema
from keyreeve.storage.errors import DatabaseLost
from keyreeve.storage.opened import Opened
from keyreeve.storage.record_files import FileRecords
from keyreeve.storage.record_partitions import PartitionedRecords
from keyreeve.storage.records import Records
from keyreeve.storage.transaction import Snapshot, Transaction

_columns = schema.installation.c
_STATE = sa.select(_columns.epoch, _columns.key_version)
_EPOCH = sa.select(_columns.epoch)


class Database:
    """The control database of one installation, safe for many threads and processes.

    `counter` returns the freshness counter C: a read of shared memory when `shared_counter`,
    otherwise a query. It is looked up anew for each use: once `look` found the database gone, it
    raises `DatabaseLost`, until `look` finds it again.
    """

    counter: Callable[[], int]

    def __init__(self, opened: Opened, settings: Settings, edge: Edge) -> None:
        self._opened = opened
        self._engines = opened.engines
        self._epoch_file = opened.epoch_file
        self._presence = opened.presence
        self._write_lock = threading.Lock()
        self._writing: int | None = None
        self.settings = settings
        self.edge = edge
        self.data_dir = settings.data_dir
        self.installation = opened.installation
        self.secrets = opened.secrets
        self.shared_counter = opened.epoch_file is not None
        epoch_file = opened.epoch_file
        self._count = self._committed_epoch if epoch_file is None else epoch_file.read
        self.counter = self._count

    @classmethod
    def open(cls, settings: Settings, edge: Edge, *, upgrade: bool = False) -> Self:
        """Open the installation; on SQLite make it at the first start and upgrade its schema.

        On PostgreSQL `upgrade` does both: an empty database becomes an installation, and where
        the master key file is missing too, it is made.

        Raises:
            StartRefused: naming the file that is missing, read-only, newer or wrong.
        """
        if settings.database_file is None:
            opened = hosted.open(settings, edge, upgrade=upgrade)
        else:
            opened = embedded.open(settings, edge, settings.database_file)
        return cls(opened, settings, edge)

    @cached_property
    def records(self) -> Records:
        """The access records of this installation."""
        if self.shared_counter:
            return FileRecords(self.data_dir, self.edge)
        return PartitionedRecords(self._engines.writer, self.edge)

    @property
    def generation(self) -> bytes | None:
        """Eight bytes, anew with every boot, restore or copy; None on PostgreSQL."""
        return None if self._epoch_file is None else self._epoch_file.generation

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """See everything as of one moment.

        Raises:
            DatabaseLost: the database file is gone, or another one.
        """
        self.glance()
        with self._engines.reader.begin() as connection:
            epoch = connection.execute(_EPOCH).scalar_one()
            self._check_log()
            yield Snapshot(
                connection, secrets=self.secrets, realm=self.installation.realm, epoch=epoch
            )

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Change things: all of it on a clean exit, nothing on an exception.

        There is one writer at a time, on either engine, so a rule that was checked still holds
        at the commit. Transactions do not nest.

        Raises:
            DatabaseLost: the database file is gone, or another one.
        """
        self.glance()
        if self.shared_counter:
            self.counter()  # what a look found lost is not written to either
        with self._sole_writer(), self._engines.writer.begin() as connection:
            # On PostgreSQL the lock of this row makes the order of epochs that of commits.
            epoch, version = connection.execute(_STATE.with_for_update()).one()
            self._check_log()
            self.secrets.adopt(version)
            transaction = Transaction(
                connection,
                secrets=self.secrets,
                realm=self.installation.realm,
                epoch=epoch,
                edge=self.edge,
            )
            yield transaction
            self._check_log()
            if transaction.counts:
                self._stamp(transaction)

    def heal(self) -> None:
        """Commit an empty change if C is ahead of the database: a writer died before its commit."""
        with self.transaction() as transaction:
            if self.shared_counter and self.counter() > transaction.epoch:
                transaction.touch()

    def glance(self) -> None:
        """See whether the name of an embedded database still leads to it; takes a microsecond.

        Raises:
            DatabaseLost: it does not.
        """
        if self._presence is not None:
            self._presence.check()

    def look(self) -> None:
        """Look closely whether an embedded database is still there; takes a millisecond or so.

        Raises:
            DatabaseLost: it is not.
        """
        if self._presence is None:
            return
        try:
            self._presence.examine()
        except DatabaseLost as lost:
            self.lose(str(lost))
            raise
        self.counter = self._count

    def lose(self, why: str) -> None:
        """Have nobody go by what he remembers, or change anything, until `look` finds it again."""

        def no_counter() -> int:
            raise DatabaseLost(why)

        self.counter = no_counter

    def check(self) -> tuple[str, ...]:
        """Return what is wrong with the installation, one sentence each; nothing if it is sound."""
        return inspection.findings(self._opened, self.settings)

    def backup(self, target: Path) -> None:
        """Write a copy of a SQLite database into a new file. The master key is not in it.

        Raises:
            BackupRefused: on PostgreSQL, where the file exists, or where it cannot be written.
        """
        backup.write(self._engines, target)

    def close(self) -> None:
        """Let go of every file and connection."""
        if "records" in self.__dict__:
            self.records.close()
        self._opened.close()

    @contextmanager
    def _sole_writer(self) -> Iterator[None]:
        if self._writing == threading.get_ident():
            raise RuntimeError("transactions do not nest")
        with self._write_lock:
            self._writing = threading.get_ident()
            try:
                yield
            finally:
                self._writing = None

    def _check_log(self) -> None:
        if self._presence is not None:
            self._presence.check_log()

    def _stamp(self, transaction: Transaction) -> None:
        """Take the next epoch. C moves before the commit and under its lock: never behind it."""
        if self._epoch_file is None:
            transaction.stamp(transaction.epoch + 1)
            return
        epoch = max(transaction.epoch, self._epoch_file.read()) + 1
        transaction.stamp(epoch)
        self._epoch_file.raise_to(epoch)

    def _committed_epoch(self) -> int:
        with self._engines.prompt.connect() as connection:
            epoch: int = connection.execute(_EPOCH).scalar_one()
            return epoch
