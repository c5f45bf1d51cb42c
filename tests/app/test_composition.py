"""The composition: what is refused is refused whole."""

import asyncio
from dataclasses import replace

import pytest
from starlette.types import Message

from app.asked import ask
from keyreeve.app import composition, ledgers
from keyreeve.app.edge import real
from keyreeve.settings import Settings
from keyreeve.storage.errors import StartRefused

STATUSES = [200, 401, 401, 200, 404, 404, 503]


async def whole_life(application: composition.Application) -> list[int]:
    """Start an application, ask it, and end it."""
    asked: asyncio.Queue[Message] = asyncio.Queue()

    async def send(_message: Message) -> None:
        pass

    life = asyncio.create_task(application({"type": "lifespan"}, asked.get, send))
    await asked.put({"type": "lifespan.startup"})
    paths = (
        "/readyz",
        "/api/public/v1.0",
        "/api/atlas/v1.0/groups",
        "/api/atlas/v1.0/openapi.json",
        "/api/public/v1.0/unauth/users",
        "/elsewhere",
    )
    statuses = [(await ask(application, path)).status for path in paths]
    application.drain()
    statuses.append((await ask(application, "/readyz")).status)
    await asked.put({"type": "lifespan.shutdown"})
    await life
    return statuses


def test_one_process_serves_from_start_to_end(embedded: Settings) -> None:
    application = composition.create(embedded, real())
    assert asyncio.run(whole_life(application)) == STATUSES


def test_our_own_api_enforces_whatever_doors_do_elsewhere(embedded: Settings) -> None:
    observing = replace(embedded, mode="observe", observe_keys="optional")
    assert asyncio.run(whole_life(composition.create(observing, real()))) == STATUSES


def test_several_processes_share_a_ledger(embedded: Settings) -> None:
    composition.create(embedded, real())
    with ledgers.shared(embedded, real()) as path:
        application = composition.create(embedded, real(), shared_ledger=path)
        assert asyncio.run(whole_life(application))[0] == 200


def test_half_an_installation_is_refused(embedded: Settings) -> None:
    asyncio.run(whole_life(composition.create(embedded, real())))
    embedded.master_key_file.unlink()
    with pytest.raises(StartRefused, match=r"keyreeve\.key"):
        composition.create(embedded, real())
