"""The lifetime of one serving process: what starts with it, and what must end before it does."""

import asyncio
from contextlib import ExitStack, suppress
from datetime import timedelta

import structlog
from starlette.types import Receive, Scope, Send

from keyreeve.domain.edge import Edge
from keyreeve.judge.recorder import Recorder
from keyreeve.storage.records import Records, RecordsUnavailable

PRUNE_SECONDS = 6 * 3600


class Lifetime:
    """Speaks the lifespan protocol of ASGI.

    `resources` are what the process owns; they are let go when the last request is answered.
    """

    def __init__(
        self,
        recorder: Recorder,
        records: Records,
        edge: Edge,
        *,
        records_days: int,
        resources: ExitStack,
    ) -> None:
        self._recorder = recorder
        self._records = records
        self._edge = edge
        self._records_days = records_days
        self._resources = resources
        self._log = structlog.get_logger()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Start, wait for the end, and end."""
        await receive()
        self._recorder.start()
        pruning = asyncio.create_task(self._prune_for_ever())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        pruning.cancel()
        with suppress(asyncio.CancelledError):
            await pruning
        await asyncio.to_thread(self._recorder.stop)
        self._resources.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _prune_for_ever(self) -> None:
        """Remove access records that are older than they need be."""
        while True:
            before = (self._edge.now() - timedelta(days=self._records_days)).date()
            try:
                await asyncio.to_thread(self._records.prune, before)
            except RecordsUnavailable as failure:
                self._log.warning("access records cannot be pruned", failure=str(failure))
            await asyncio.sleep(PRUNE_SECONDS)
