"""`/livez` and `/readyz`, over a real database that comes and goes."""

import asyncio

import pysqlite3.dbapi2 as sqlite

from app.asked import ask
from keyreeve.app.health import FRESH_SECONDS, Health
from keyreeve.settings import Settings
from keyreeve.storage.database import Database


def test_an_installation_in_order_is_alive_and_ready(opened: Database) -> None:
    async def look() -> None:
        health = Health(opened)
        assert (await ask(health, "/livez")).document == {"status": "alive"}
        ready = await ask(health, "/readyz")
        assert (ready.status, ready.document) == (200, {"status": "ready"})
        assert ready.headers[b"cache-control"] == b"no-store"

    asyncio.run(look())


def test_without_its_database_it_is_alive_but_not_ready(
    opened: Database, embedded: Settings
) -> None:
    file = sqlite.connect(str(embedded.database_file))
    file.execute("ALTER TABLE installation RENAME TO gone")
    file.close()

    async def look() -> None:
        health = Health(opened)
        assert (await ask(health, "/livez")).status == 200
        unready = await ask(health, "/readyz")
        assert (unready.status, unready.document) == (503, {"status": "database unreachable"})

    asyncio.run(look())


def test_who_asks_often_does_not_burden_the_database(opened: Database, embedded: Settings) -> None:
    async def look() -> None:
        health = Health(opened)
        assert (await ask(health, "/readyz")).status == 200
        file = sqlite.connect(str(embedded.database_file))
        file.execute("ALTER TABLE installation RENAME TO gone")
        file.close()
        assert (await ask(health, "/readyz")).status == 200
        await asyncio.sleep(FRESH_SECONDS)
        assert (await ask(health, "/readyz")).status == 503

    asyncio.run(look())


def test_a_stopping_process_is_alive_but_not_ready(opened: Database) -> None:
    async def look() -> None:
        health = Health(opened)
        health.stop()
        assert (await ask(health, "/livez")).status == 200
        assert (await ask(health, "/readyz")).document == {"status": "stopping"}

    asyncio.run(look())


def test_health_is_only_read(opened: Database) -> None:
    async def look() -> None:
        refused = await ask(Health(opened), "/readyz", "POST")
        assert (refused.status, refused.headers[b"allow"]) == (405, b"GET, HEAD")

    asyncio.run(look())
