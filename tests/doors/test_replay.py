"""A header that was used is never accepted again: not by another worker, not after an eviction
of its nonce, not after a restart.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doors import wire
from doors.installation import BASE, Server
from doors.replay import pour, replay
from doors.scenes import Cast, ticket_of
from doors.wire import Scene
from keyreeve import settings
from keyreeve.app import edge
from keyreeve.judge import ledger
from keyreeve.protocol import nonce
from keyreeve.protocol.nonce import Ticket
from keyreeve.storage.database import Database

OK, REFUSED, NOT_FOUND = 200, 401, 404
TIMES = {1: 20_000, 4: 100_000}
"""By workers."""
EVICTING = ledger.ENTRIES + ledger.ENTRIES // 8
WORKERS = pytest.mark.parametrize("workers", [1, 4])


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Cast:
    return Cast.gather(tmp_path_factory.mktemp("replayed"))


@pytest.fixture
def mint(cast: Cast) -> Callable[[Ticket], str]:
    """Seal tickets as the installation does, to save a challenge for each of very many."""
    database = Database.open(settings.load(cast.installation.environment()), edge.real())
    key = database.secrets.nonce_key
    database.close()
    return lambda ticket: nonce.issue(key, ticket)


def header(scene: Scene, **said: str) -> bytes:
    """The captured request, on a connection that stays."""
    return scene.request(scene.signed(**said), close=False)


@WORKERS
def test_a_replayed_header_is_refused_every_time(cast: Cast, workers: int) -> None:
    with cast.installation.serving(workers=workers) as server:
        captured = header(cast.scene(server))
        assert replay(server.port, captured, 1) == {OK: 1}
        assert replay(server.port, captured, TIMES[workers]) == {REFUSED: TIMES[workers]}


@WORKERS
def test_of_many_copies_at_once_exactly_one_goes_through(cast: Cast, workers: int) -> None:
    with cast.installation.serving(workers=workers) as server:
        for number in range(100):
            scene = cast.scene(server)
            captured = header(scene, nc=f"{number + 1:08x}")
            counted = replay(server.port, captured, 16, connections=16, depth=1)
            assert counted == {OK: 1, REFUSED: 15}


@WORKERS
def test_a_header_is_refused_after_its_nonce_was_evicted(
    cast: Cast, workers: int, mint: Callable[[Ticket], str]
) -> None:
    with cast.installation.serving(workers=workers) as server:
        scenes = [cast.scene(server) for _ in range(16)]
        scene, unused = scenes[0], cast.scene(server)
        used = [header(each) for each in scenes]
        assert pour(server.port, used) == {OK: len(used)}
        # Where nothing is, a proof is all that is asked for; and it has used its count.
        nowhere = replace(scene, target=f"{BASE}/nowhere")
        flood = (header(replace(nowhere, nonce=fresh)) for fresh in minted(scene, mint))
        assert pour(server.port, flood) == {NOT_FOUND: EVICTING}
        assert pour(server.port, used * 100) == {REFUSED: 100 * len(used)}
        further = pour(server.port, [header(each, nc="00000002") for each in scenes])
        assert further[REFUSED], "none was evicted: nothing was tested"
        closed = wire.exchange(server.port, unused.request(unused.signed()))
        assert wire.statuses(closed) == [REFUSED]
        assert b"stale=true" in closed
        assert replay(server.port, header(cast.scene(server)), 1) == {OK: 1}


@WORKERS
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_header_is_refused_after_a_restart(cast: Cast, workers: int, how: signal.Signals) -> None:
    with cast.installation.serving(workers=workers) as server:
        scene, unused = cast.scene(server), cast.scene(server)
        assert replay(server.port, header(scene), 1) == {OK: 1}
        server.process.send_signal(how)
        server.process.wait(40)
    with cast.installation.serving(workers=workers) as server:
        for captured in (scene, unused):
            assert replay(server.port, header(captured), 1_000) == {REFUSED: 1_000}
            answer = wire.exchange(server.port, captured.request(captured.signed()))
            assert b"stale=true" in answer
        assert replay(server.port, header(cast.scene(server)), 1) == {OK: 1}


def test_a_header_is_refused_after_the_workers_died(cast: Cast) -> None:
    with cast.installation.serving(workers=4) as server:
        scene = cast.scene(server)
        assert replay(server.port, header(scene), 1) == {OK: 1}
        for worker in workers_of(server):
            os.kill(worker, signal.SIGKILL)
            while worker in workers_of(server):
                time.sleep(0.01)
            assert replay(server.port, header(scene), 100, connections=1) == {REFUSED: 100}
        assert replay(server.port, header(cast.scene(server)), 1) == {OK: 1}


@WORKERS
def test_an_expired_nonce_is_stale_and_a_forged_one_is_not(
    cast: Cast, workers: int, mint: Callable[[Ticket], str]
) -> None:
    with cast.installation.serving(workers=workers) as server:
        scene = cast.scene(server)
        ticket = ticket_of(scene.nonce)
        for seconds, status in ((290, OK), (301, REFUSED)):
            old = replace(scene, nonce=mint(ticket._replace(issued=ticket.issued - seconds * 1000)))
            answer = wire.exchange(server.port, old.request(old.signed()))
            assert wire.statuses(answer) == [status]
        assert b"stale=true" in answer
        forged = scene.signed(nonce=scene.foreign_nonce)
        assert b"stale=false" in wire.exchange(server.port, scene.request(forged))


def minted(scene: Scene, mint: Callable[[Ticket], str]) -> Iterator[str]:
    """Make more nonces than the ledger has room for, none older than those before."""
    ticket = ticket_of(scene.nonce)
    world = edge.real()
    for number in range(EVICTING):
        yield mint(ticket._replace(issued=world.ticks(), entropy=number.to_bytes(6)))


def workers_of(server: Server) -> list[int]:
    pid = server.process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
