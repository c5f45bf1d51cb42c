"""One suite for both ledgers: whatever happens, no count of a nonce is new twice."""

import random
from collections.abc import Iterator
from threading import Thread
from time import sleep

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from judge import ledgers
from judge.ledgers import Fresh, Maker
from keyreeve.judge.ledger import WINDOW, Claim, DictLedger

HIGHEST_NC = 0xFFFFFFFF


@pytest.fixture(params=ledgers.BOTH)
def fresh(request: pytest.FixtureRequest) -> Iterator[Fresh]:
    with request.param(64) as made:
        yield made


def test_a_count_is_new_once(fresh: Fresh) -> None:
    nonce = fresh.issue()

    assert [fresh.claim(nonce, nc) for nc in (1, 1, 2, 2, 1)] == [
        Claim.NEW,
        Claim.SEEN,
        Claim.NEW,
        Claim.SEEN,
        Claim.SEEN,
    ]


def test_the_first_count_of_a_nonce_may_be_any(fresh: Fresh) -> None:
    for nc in (1, 5, 0x0A, 1 << 31, HIGHEST_NC):
        assert fresh.claim(fresh.issue(), nc) is Claim.NEW


def test_counts_arrive_in_any_order_inside_the_window(fresh: Fresh) -> None:
    nonce = fresh.issue()

    order = [WINDOW, *range(WINDOW - 1, 0, -1)]

    assert {fresh.claim(nonce, nc) for nc in order} == {Claim.NEW}
    assert {fresh.claim(nonce, nc) for nc in order} == {Claim.SEEN}


def test_a_count_below_the_window_is_stale(fresh: Fresh) -> None:
    nonce = fresh.issue()
    fresh.claim(nonce, WINDOW + 1)

    assert fresh.claim(nonce, 1) is Claim.STALE
    assert fresh.claim(nonce, 2) is Claim.NEW


@pytest.mark.parametrize("ahead", [1, WINDOW - 1, WINDOW, WINDOW + 1, 1 << 20, HIGHEST_NC - 7])
def test_a_leap_ahead_forgets_no_use(fresh: Fresh, ahead: int) -> None:
    nonce = fresh.issue()
    fresh.claim(nonce, 7)

    assert fresh.claim(nonce, 7 + ahead) is Claim.NEW
    assert fresh.claim(nonce, 7 + ahead) is Claim.SEEN
    assert fresh.claim(nonce, 7) is not Claim.NEW


def test_nonces_do_not_share_counts(fresh: Fresh) -> None:
    assert {fresh.claim(fresh.issue(), 1) for _ in range(20)} == {Claim.NEW}


def test_the_key_that_proved_a_nonce_is_remembered(fresh: Fresh) -> None:
    nonce = fresh.issue()
    assert fresh.ledger.prover(nonce) is None

    fresh.claim(nonce, 1, "b2" * 12)
    fresh.claim(nonce, 2, "c3" * 12)

    assert fresh.ledger.prover(nonce) == "b2" * 12
    assert fresh.ledger.prover(nonce + "0") is None
    assert fresh.ledger.prover(nonce[:-1]) is None
    assert fresh.ledger.prover(nonce + "\xff") is None
    assert fresh.ledger.prover("€" * 9000) is None
    assert fresh.ledger.prover("\0" * 48) is None


def test_a_nonce_of_another_generation_is_stale(fresh: Fresh) -> None:
    nonce = fresh.issue(generation=b"elsewher")

    assert fresh.claim(nonce) is Claim.STALE
    assert fresh.ledger.prover(nonce) is None


def test_two_ledgers_are_two_generations() -> None:
    edge = ledgers.Clock().edge()

    assert DictLedger(edge, lifetime=1).generation != DictLedger(edge, lifetime=1).generation


def test_an_unread_ticket_is_stale_without_an_entry(fresh: Fresh) -> None:
    nonce = fresh.issue()

    assert fresh.ledger.claim(nonce, None, 1, ledgers.KEY) is Claim.STALE
    fresh.claim(nonce, 1)
    assert fresh.ledger.claim(nonce, None, 2, ledgers.KEY) is Claim.NEW
    assert fresh.ledger.claim(nonce, None, 2, ledgers.KEY) is Claim.SEEN


def test_an_expired_nonce_is_stale_with_and_without_an_entry(fresh: Fresh) -> None:
    used, unused = fresh.issue(), fresh.issue()
    fresh.claim(used, 1)

    fresh.clock.ticks += ledgers.LIFETIME - 1
    assert fresh.claim(used, 2) is Claim.NEW
    fresh.clock.ticks += 1

    assert fresh.claim(used, 3) is Claim.STALE
    assert fresh.claim(unused) is Claim.STALE


@pytest.mark.parametrize("make", ledgers.BOTH)
def test_an_evicted_nonce_is_stale_and_so_is_what_was_issued_before(
    make: Maker,
) -> None:
    with make(8) as fresh:
        never_used = fresh.issue()
        fresh.clock.ticks += 1
        used = []
        for _ in range(9):
            used.append(fresh.issue())
            fresh.claim(used[-1], 1)
            fresh.clock.ticks += 1

        assert fresh.claim(used[0], 1) is Claim.STALE
        assert fresh.claim(used[0], 2) is Claim.STALE
        assert fresh.claim(never_used) is Claim.STALE
        assert [fresh.claim(nonce, 1) for nonce in used[1:]] == [Claim.SEEN] * 8
        assert fresh.claim(fresh.issue()) is Claim.NEW


@pytest.mark.parametrize("make", ledgers.BOTH)
def test_what_is_expired_makes_room_and_bars_nobody(
    make: Maker,
) -> None:
    with make(8) as fresh:
        for _ in range(8):
            fresh.claim(fresh.issue(), 1)
        fresh.clock.ticks += ledgers.LIFETIME - 1
        waiting = fresh.issue()
        fresh.clock.ticks += 1

        for _ in range(7):
            assert fresh.claim(fresh.issue(), 1) is Claim.NEW
        assert fresh.claim(waiting) is Claim.NEW


@pytest.mark.parametrize("make", ledgers.BOTH)
def test_a_ledger_is_bounded(make: Maker) -> None:
    with make(16) as fresh:
        nonces = [fresh.issue() for _ in range(500)]
        for nonce in nonces:
            fresh.clock.ticks += 1
            fresh.tickets[nonce] = fresh.tickets[fresh.issue()]
            fresh.claim(nonce, 1)

        assert sum(fresh.ledger.prover(nonce) is not None for nonce in nonces) <= 16
        assert {fresh.claim(nonce, 1) for nonce in nonces} <= {Claim.SEEN, Claim.STALE}


class _Slow(int):
    """A count that lets other threads run while it is compared with the highest one."""

    def __sub__(self, other: int) -> int:
        sleep(0.001)
        return int(self) - other


def test_threads_cannot_share_one_count(fresh: Fresh) -> None:
    nonce = fresh.issue()
    fresh.claim(nonce, 1)
    won: list[int] = []

    def claim_all() -> None:
        won.extend(nc for nc in range(2, 22) if fresh.claim(nonce, _Slow(nc)) is Claim.NEW)

    threads = [Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(won) == list(range(2, 22))


@pytest.mark.parametrize("make", ledgers.BOTH)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1 << 32), in_flight=st.integers(1, WINDOW))
def test_a_shuffled_stream_succeeds_at_first_try_and_never_twice(
    make: Maker, seed: int, in_flight: int
) -> None:
    with make(8) as fresh:
        nonce = fresh.issue()
        sent = list(_shuffled(random.Random(seed), 600, in_flight))

        assert {fresh.claim(nonce, nc) for nc in sent} == {Claim.NEW}
        assert Claim.NEW not in {fresh.claim(nonce, nc) for nc in sent}


@pytest.mark.hunt
@pytest.mark.parametrize("make", ledgers.BOTH)
def test_a_hundred_thousand_shuffled_streams(
    make: Maker,
) -> None:
    chance = random.Random(1)
    with make(64) as fresh:
        for _ in range(100_000):
            nonce = fresh.issue()
            fresh.clock.ticks += 1
            sent = list(_shuffled(chance, 70, 64))
            assert {fresh.claim(nonce, nc) for nc in sent} == {Claim.NEW}
            assert Claim.NEW not in {fresh.claim(nonce, nc) for nc in sent}


def _shuffled(chance: random.Random, length: int, in_flight: int) -> Iterator[int]:
    """Yield 1 to `length` as they arrive when so many requests are under way at a time."""
    waiting: list[int] = []
    for nc in range(1, length + 1):
        waiting.append(nc)
        # The oldest may wait for no more than a window's worth of younger ones.
        if len(waiting) == in_flight or nc - waiting[0] == WINDOW - 1:
            oldest = nc - waiting[0] == WINDOW - 1
            yield waiting.pop(0 if oldest else chance.randrange(len(waiting)))
    chance.shuffle(waiting)
    yield from waiting


class _AgainstMemory(RuleBasedStateMachine):
    """A ledger of a few entries against an oracle that remembers everything."""

    nonces = Bundle("nonces")

    @initialize(make=st.sampled_from(ledgers.BOTH))
    def begin(self, make: Maker) -> None:
        self.made = make(8)
        self.fresh = self.made.__enter__()
        self.used: set[tuple[str, int]] = set()

    @rule(target=nonces)
    def issue(self) -> str:
        return self.fresh.issue()

    @rule(target=nonces)
    def issue_and_use_many(self) -> str:
        for _ in range(9):
            self.claim(self.fresh.issue(), 1)
        return self.fresh.issue()

    @rule(milliseconds=st.sampled_from([1, 1, 1, ledgers.LIFETIME // 3, ledgers.LIFETIME]))
    def wait(self, milliseconds: int) -> None:
        self.fresh.clock.ticks += milliseconds

    @rule(
        nonce=nonces,
        nc=st.integers(1, 6) | st.integers(250, 262) | st.integers(HIGHEST_NC - 3, HIGHEST_NC),
    )
    def claim(self, nonce: str, nc: int) -> None:
        ticket = self.fresh.tickets[nonce]
        known = self.fresh.ledger.prover(nonce) is not None
        answer = self.fresh.ledger.claim(nonce, None if known else ticket, nc, ledgers.KEY)

        if answer is Claim.NEW:
            assert (nonce, nc) not in self.used
            assert self.fresh.clock.ticks - ticket.issued < ledgers.LIFETIME
            self.used.add((nonce, nc))
            assert self.fresh.claim(nonce, nc) is Claim.SEEN
        if answer is Claim.SEEN:
            assert (nonce, nc) in self.used

    @rule(nonce=nonces)
    def the_key_is_remembered_only_of_what_was_used(self, nonce: str) -> None:
        if self.fresh.ledger.prover(nonce) is not None:
            assert any(used == nonce for used, _ in self.used)

    def teardown(self) -> None:
        if hasattr(self, "made"):
            self.made.__exit__(None, None, None)


def test_no_history_makes_a_count_new_twice() -> None:
    run_state_machine_as_test(
        _AgainstMemory, settings=settings(max_examples=80, stateful_step_count=60, deadline=None)
    )
