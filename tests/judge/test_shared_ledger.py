"""The mapped ledger under what only several processes and sudden deaths can do to it."""

import os
import signal
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from judge import ledgers
from judge.ledgers import LIFETIME, Clock
from keyreeve.judge.ledger import Claim
from keyreeve.judge.shared_ledger import MmapLedger
from keyreeve.protocol.nonce import Ticket

GO = b"g"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger"
    MmapLedger.create(path, Clock().edge(), lifetime=LIFETIME, entries=8)
    return path


@pytest.fixture
def ledger(path: Path) -> Iterator[MmapLedger]:
    ledger = MmapLedger.open(path, Clock().edge())
    yield ledger
    ledger.close()


def test_only_its_owner_may_read_the_file(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_one_process_used_is_seen_by_another(path: Path, ledger: MmapLedger) -> None:
    other = MmapLedger.open(path, Clock().edge())
    nonce, ticket = _nonce(ledger, 1)

    assert other.claim(nonce, ticket, 5, ledgers.KEY) is Claim.NEW
    assert ledger.prover(nonce) == ledgers.KEY
    assert ledger.claim(nonce, ticket, 5, ledgers.KEY) is Claim.SEEN
    assert other.generation == ledger.generation
    other.close()


def test_a_new_file_is_a_new_generation(path: Path, ledger: MmapLedger) -> None:
    clock = Clock()
    clock.edge().entropy(1)
    MmapLedger.create(path, clock.edge(), lifetime=LIFETIME, entries=8)
    newer = MmapLedger.open(path, clock.edge())
    nonce, ticket = _nonce(ledger, 1)
    ledger.claim(nonce, ticket, 1, ledgers.KEY)

    assert newer.claim(nonce, ticket, 1, ledgers.KEY) is Claim.STALE
    assert newer.prover(nonce) is None
    newer.close()


def test_another_file_is_no_ledger(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"\0" * 4096)

    with pytest.raises(ValueError, match="not a nonce ledger"):
        MmapLedger.open(wrong, Clock().edge())


def test_a_forked_process_may_not_claim_through_its_parents_lock(ledger: MmapLedger) -> None:
    nonce, ticket = _nonce(ledger, 1)

    assert _in_child(lambda: _refused(ledger, nonce, ticket)) == 0
    assert ledger.claim(nonce, ticket, 1, ledgers.KEY) is Claim.NEW


@pytest.mark.parametrize("used_before", [False, True])
@pytest.mark.parametrize("full", [False, True])
def test_a_kill_between_any_two_writes_leaves_nothing_new_twice(
    path: Path, ledger: MmapLedger, used_before: bool, full: bool
) -> None:
    """Die before the nth write, for every n; whatever was answered before stays used."""
    survived = False
    for write in range(12):
        MmapLedger.create(path, Clock().edge(), lifetime=LIFETIME, entries=8)
        ledger = MmapLedger.open(path, Clock().edge())
        others = [_nonce(ledger, n) for n in range(10, 18)] if full else []
        for nonce, ticket in others:
            ledger.claim(nonce, ticket, 1, ledgers.KEY)
        nonce, ticket = _nonce(ledger, 99, later=1)
        if used_before:
            ledger.claim(nonce, ticket, 1, ledgers.KEY)

        died = _in_child(partial(_die_at_write, path, write, nonce, ticket)) != 0

        survived = survived or not died
        if used_before:
            assert ledger.claim(nonce, ticket, 1, ledgers.KEY) is not Claim.NEW
        if not died:
            assert ledger.claim(nonce, ticket, 2, ledgers.KEY) is Claim.SEEN
        for other, known in others:
            assert ledger.claim(other, known, 1, ledgers.KEY) is not Claim.NEW
        # A dirty entry is stale for good: it is never cleaned into one that has forgotten.
        ledger.claim(nonce, ticket, 2, ledgers.KEY)
        assert ledger.claim(nonce, ticket, 2, ledgers.KEY) is not Claim.NEW
        ledger.close()
    assert survived


def test_a_dirty_entry_is_stale(path: Path, ledger: MmapLedger) -> None:
    nonce, ticket = _nonce(ledger, 1)
    ledger.claim(nonce, ticket, 1, ledgers.KEY)

    assert _in_child(lambda: _die_at_write(path, 2, nonce, ticket)) != 0

    assert ledger.prover(nonce) is None
    assert ledger.claim(nonce, ticket, 1, ledgers.KEY) is Claim.STALE
    assert ledger.claim(nonce, ticket, 3, ledgers.KEY) is Claim.STALE


def test_processes_killed_at_any_moment_leave_nothing_new_twice(path: Path) -> None:
    """Each answered claim is told through a pipe before the next; then the child is killed."""
    ledger = MmapLedger.open(path, Clock().edge())
    nonces = [_nonce(ledger, n, later=n) for n in range(12)]
    for round_number in range(30):
        reader, writer = os.pipe()
        first = round_number * 300 + 1
        child = _start(partial(_claim_and_tell, path, nonces, first, writer))
        os.close(writer)
        told = _read(os.read(reader, 6))
        sleep(0.001 * (round_number % 5))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        told += _drain(reader)
        for place, nc in told:
            nonce, ticket = nonces[place]
            assert ledger.claim(nonce, ticket, nc, ledgers.KEY) is not Claim.NEW
    ledger.close()


def test_of_four_processes_that_claim_the_same_count_one_wins(path: Path) -> None:
    rounds = 400
    MmapLedger.create(path, Clock().edge(), lifetime=LIFETIME, entries=4096)
    ledger = MmapLedger.open(path, Clock().edge())
    nonces = [_nonce(ledger, n) for n in range(rounds)]
    reader, writer = os.pipe()
    start_reader, start_writer = os.pipe()
    children = [_start(lambda: _claim_each(path, nonces, start_reader, writer)) for _ in range(4)]
    os.close(writer)
    os.write(start_writer, GO * 4)

    won = _drain(reader)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    for descriptor in (start_reader, start_writer):
        os.close(descriptor)
    ledger.close()

    assert sorted(won) == [(n, 1) for n in range(rounds)]


def _nonce(ledger: MmapLedger, number: int, *, later: int = 0) -> tuple[str, Ticket]:
    ticket = Ticket(ledger.generation, Clock().ticks + later, number.to_bytes(6, "big"))
    return f"{number:048d}", ticket


def _start(work: Callable[[], Any]) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return child


def _in_child(work: Callable[[], Any]) -> int:
    return os.waitpid(_start(work), 0)[1]


def _refused(ledger: MmapLedger, nonce: str, ticket: Ticket) -> None:
    with pytest.raises(RuntimeError):
        ledger.claim(nonce, ticket, 1, ledgers.KEY)


class _Fatal:
    """A mapping of the ledger that dies before its nth write."""

    def __init__(self, real: Any, left: list[int]) -> None:
        self.real, self.left = real, left

    def __getitem__(self, at: Any) -> Any:
        return self.real[at]

    def __setitem__(self, at: Any, value: Any) -> None:
        if self.left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left[0] -= 1
        self.real[at] = value


def _die_at_write(path: Path, write: int, nonce: str, ticket: Ticket) -> None:
    ledger: Any = MmapLedger.open(path, Clock().edge())
    left = [write]
    ledger._map, ledger._words = _Fatal(ledger._map, left), _Fatal(ledger._words, left)
    assert ledger.claim(nonce, ticket, 2, ledgers.KEY) is Claim.NEW


def _claim_and_tell(path: Path, nonces: list[tuple[str, Ticket]], first: int, writer: int) -> None:
    ledger = MmapLedger.open(path, Clock().edge())
    for nc in range(first, first + 250):
        for place, (nonce, ticket) in enumerate(nonces):
            if ledger.claim(nonce, ticket, nc, ledgers.KEY) is Claim.NEW:
                os.write(writer, place.to_bytes(2, "big") + nc.to_bytes(4, "big"))
    sleep(60)


def _claim_each(path: Path, nonces: list[tuple[str, Ticket]], start: int, writer: int) -> None:
    ledger = MmapLedger.open(path, Clock().edge())
    os.read(start, 1)
    for place, (nonce, ticket) in enumerate(nonces):
        if ledger.claim(nonce, ticket, 1, ledgers.KEY) is Claim.NEW:
            os.write(writer, place.to_bytes(2, "big") + (1).to_bytes(4, "big"))


def _drain(reader: int) -> list[tuple[int, int]]:
    """Read what the children told until the last one is gone."""
    with os.fdopen(reader, "rb") as file:
        return _read(file.read())


def _read(told: bytes) -> list[tuple[int, int]]:
    return [
        (int.from_bytes(told[at : at + 2], "big"), int.from_bytes(told[at + 2 : at + 6], "big"))
        for at in range(0, len(told), 6)
    ]
