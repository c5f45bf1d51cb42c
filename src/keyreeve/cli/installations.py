"""The installation that a command works on, and who works on it."""

import os
import pwd
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from keyreeve.app import edge, environment, privacy
from keyreeve.domain.audit import Actor
from keyreeve.domain.errors import Refusal
from keyreeve.settings import Settings
from keyreeve.storage.database import Database
from keyreeve.storage.records import RecordsUnavailable
from keyreeve.storage.transaction import Snapshot, Transaction


class DatabaseUnavailable(Refusal):
    """The database cannot be reached, or gives no answer."""

    code = "DATABASE_UNAVAILABLE"
    sentence = "The database cannot be used: {0}."


@contextmanager
def opened() -> Iterator[Database]:
    """Open the installation of the environment; the first command on an empty folder makes it."""
    privacy.keep_memory_private()
    with reaching():
        settings = environment.settings()
        begins = settings.database_file is not None and not settings.database_file.exists()
        database = Database.open(settings, edge.real())
        if begins:
            _tell_of_beginning(settings)
        try:
            yield database
        finally:
            database.close()


@contextmanager
def changing() -> Iterator[Transaction]:
    """Open the installation for one change, which is made when the block ends."""
    with opened() as database, database.transaction() as transaction:
        yield transaction


@contextmanager
def looking() -> Iterator[Snapshot]:
    """Open the installation to look at it as it is at one moment."""
    with opened() as database, database.snapshot() as snapshot:
        yield snapshot


@contextmanager
def reaching() -> Iterator[None]:
    """Say in one sentence why the database does not answer."""
    try:
        yield
    except DBAPIError as failure:
        raise DatabaseUnavailable(_first_line(failure)) from failure
    except RecordsUnavailable as failure:
        raise DatabaseUnavailable(str(failure)) from failure


def actor() -> Actor:
    """Return who changes things from here: `cli:` and the user of the operating system."""
    number = os.geteuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = str(number)
    return Actor(f"cli:{name}")


def _tell_of_beginning(settings: Settings) -> None:
    """Say at a terminal what was made, and where: the folder may not be the one that was meant."""
    if settings.database_file is not None and sys.stderr.isatty():
        file, key = settings.database_file.absolute(), settings.master_key_file.absolute()
        print(f"keyreeve: began a new installation: {file}, sealed by {key}.", file=sys.stderr)


def _first_line(failure: DBAPIError) -> str:
    """Say what the driver said, without the statement and its parameters."""
    said = str(failure.orig).strip().splitlines()
    return said[0].rstrip(".") if said else type(failure.orig).__name__
