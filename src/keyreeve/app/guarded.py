"""What a door in front of another API needs: the database, a judge, and who records for him."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from keyreeve.app import throttles, watch
from keyreeve.domain.edge import Edge
from keyreeve.judge.judge import Judge
from keyreeve.judge.ledger import DictLedger, Ledger
from keyreeve.judge.noting import Observing
from keyreeve.judge.observer import Observer
from keyreeve.judge.recorder import Recorder
from keyreeve.judge.shared_ledger import MmapLedger
from keyreeve.settings import Settings
from keyreeve.storage.database import Database
from keyreeve.storage.records import RecordsUnavailable

PRUNE_SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True)
class Guarded:
    """One process in front of an API whose catalogue was imported."""

    judge: Judge
    database: Database

    async def prune_for_ever(self, days: int) -> None:
        """Remove access records that are older than they need be."""
        while True:
            await asyncio.to_thread(self.prune, days)
            await asyncio.sleep(PRUNE_SECONDS)

    def prune(self, days: int) -> None:
        """Remove once what is too old; that it cannot be removed is no failure of ours."""
        before = (self.database.edge.now() - timedelta(days=days)).date()
        try:
            self.database.records.prune(before)
        except RecordsUnavailable as failure:
            log = structlog.get_logger()
            log.warning("access records cannot be pruned", failure=str(failure))


@contextmanager
def opened(
    settings: Settings, edge: Edge, *, shared_ledger: Path | None = None
) -> Iterator[Guarded]:
    """Open the installation and seat a judge; record what he says until the end.

    `shared_ledger` is the ledger of all processes, where there are several.

    Raises:
        StartRefused: the installation cannot be opened.
    """
    with ExitStack() as closing:
        database = Database.open(settings, edge)
        closing.callback(database.close)
        ledger: Ledger
        if shared_ledger is None:
            ledger = DictLedger(edge, lifetime=settings.nonce_seconds * 1000)
        else:
            shared = MmapLedger.open(shared_ledger, edge)
            closing.callback(shared.close)
            ledger = shared
        recorder = Recorder(database.records, edge)
        judge = _judge(settings, database, ledger, recorder)
        _tell_of_emptiness(database)
        recorder.start()
        closing.callback(recorder.stop)
        closing.enter_context(watch.over(database))
        yield Guarded(judge, database)


def observed(settings: Settings) -> Observing:
    """Return what doors overlook by these settings."""
    return Observing(
        everything=settings.mode == "observe",
        keys_required=settings.observe_keys == "required",
    )


def _judge(settings: Settings, database: Database, ledger: Ledger, recorder: Recorder) -> Judge:
    """Seat who judges, or who only observes; the latter is said, lest the door pass for locked."""
    observing = observed(settings)
    if observing.everything:
        log = structlog.get_logger()
        log.warning("nothing is refused here, only noted", keys=settings.observe_keys)
    seat = Observer if observing.everything else Judge
    return seat(
        database,
        None,
        ledger,
        recorder,
        algorithms=settings.digest_algorithms,
        nonce_seconds=settings.nonce_seconds,
        bearer=settings.bearer,
        throttle=throttles.throttle(settings, database.edge),
        observing=observing,
    )


def _tell_of_emptiness(database: Database) -> None:
    """Say that nothing is known of the guarded API yet: an honest caller would wonder."""
    with database.snapshot() as s:
        if not s.catalogue.revision():
            log = structlog.get_logger()
            log.warning(
                "no catalogue was imported, so no operation is known",
                mend="keyreeve catalogue import FILE",
                database=database.settings.shown_url,
            )
