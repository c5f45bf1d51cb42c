"""The lifetime of one process: records are written, old ones go, everything is let go."""

import asyncio
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from starlette.types import Message

from keyreeve.app.edge import real
from keyreeve.app.lifetime import Lifetime
from keyreeve.domain.edge import Edge
from keyreeve.judge.recorder import Recorder
from keyreeve.settings import Settings
from keyreeve.storage.database import Database

KEY = "a" * 24


async def live(lifetime: Lifetime) -> list[str]:
    """Start, be up for a moment, and end."""
    said: list[str] = []
    asked: asyncio.Queue[Message] = asyncio.Queue()

    async def send(message: Message) -> None:
        said.append(message["type"])

    life = asyncio.create_task(lifetime({"type": "lifespan"}, asked.get, send))
    await asked.put({"type": "lifespan.startup"})
    await asyncio.sleep(0.3)
    await asked.put({"type": "lifespan.shutdown"})
    await life
    return said


def lifetime(
    database: Database, edge: Edge, recorder: Recorder, days: int, resources: ExitStack
) -> Lifetime:
    return Lifetime(recorder, database.records, edge, records_days=days, resources=resources)


def test_it_answers_start_and_end_and_lets_go_of_everything(opened: Database) -> None:
    resources = ExitStack()
    let_go: list[str] = []
    resources.callback(let_go.append, "gone")
    recorder = Recorder(opened.records, real())
    said = asyncio.run(live(lifetime(opened, real(), recorder, 90, resources)))
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert let_go == ["gone"]


def test_what_was_noted_last_is_on_disk_when_it_has_ended(opened: Database) -> None:
    recorder = Recorder(opened.records, real(), interval=3600)
    recorder.note_allow(key_id=KEY, operation="root", address=None, decision_id="d" * 24)
    asyncio.run(live(lifetime(opened, real(), recorder, 90, ExitStack())))
    assert opened.records.usage([KEY])[KEY].count == 1


def test_records_older_than_the_setting_are_removed(opened: Database, embedded: Settings) -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC)]
    edge = Edge(now=lambda: moments[-1], ticks=real().ticks, entropy=real().entropy)
    database = Database.open(embedded, edge)
    recorder = Recorder(database.records, edge, interval=3600)
    for day in range(12):
        moments.append(moments[0] + timedelta(days=day))
        recorder.note_allow(key_id=KEY, operation="root", address=None, decision_id="d" * 24)
        recorder.flush()
    asyncio.run(live(lifetime(database, edge, recorder, 5, ExitStack())))
    database.close()
    days = sorted(p.stem for p in embedded.data_dir.glob("records-2*.db"))
    assert days[0] == "records-2026-01-07"
    assert days[-1] == "records-2026-01-12"
    assert opened.data_dir == embedded.data_dir
