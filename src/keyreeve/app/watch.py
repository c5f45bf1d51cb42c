"""The watch: looks after the database once a second, so that nobody decides without one.

Doors glance at its name before each call, and open it only where they have to. What no glance can
tell is found here, and it is said here that the database is gone, and that it is back.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from keyreeve.storage.database import Database
from keyreeve.storage.errors import DatabaseLost

EVERY_SECONDS = 1.0
LOOK_SECONDS = 5.0
"""A look that takes longer has found a disk that does not answer."""


@contextmanager
def over(database: Database, *, every: float = EVERY_SECONDS) -> Iterator[None]:
    """Watch an embedded database; PostgreSQL is asked on each decision anyway."""
    if not database.shared_counter:
        yield
        return
    stop = threading.Event()
    watch = threading.Thread(target=_watch, args=(database, stop, every), daemon=True)
    watch.start()
    try:
        yield
    finally:
        stop.set()
        watch.join(LOOK_SECONDS + 1)


def _watch(database: Database, stop: threading.Event, every: float) -> None:
    """Look again and again; say it once when the database goes, and once when it is back."""
    log = structlog.get_logger()
    gone = False
    while not stop.wait(every):
        failure = _look(database)
        if failure and not gone:
            log.error("the database is gone: nobody is let through", failure=failure)
        elif gone and not failure:
            log.warning("the database is back")
        gone = bool(failure)


def _look(database: Database) -> str:
    """Look in a thread of its own, which a disk may hold for ever; return what is wrong."""
    failures: list[str] = []
    look = threading.Thread(target=_try, args=(database, failures), daemon=True)
    look.start()
    look.join(LOOK_SECONDS)
    if look.is_alive():
        database.lose("a look at the database does not end")
        failures.append("no answer")
        look.join()
    return "; ".join(failures)


def _try(database: Database, failures: list[str]) -> None:
    try:
        database.look()
    except DatabaseLost as lost:
        failures.append(str(lost))
    except Exception as failure:  # noqa: BLE001 - whatever it is, it is no sound database
        database.lose(repr(failure))
        failures.append(repr(failure))
