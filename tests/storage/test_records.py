"""What every store of access records promises."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyreeve.storage.records import (
    Batch,
    ChallengeCount,
    Records,
    RecordsRejected,
    RecordsUnavailable,
    Usage,
    failing_as_unavailable,
)
from storage import recording
from storage.recording import AWAY, DAY, ENTRY, HOME, KEY, NOON, Clock

WRITER = Path(__file__).with_name("recording_process.py")
"""Writes batches until it is done or killed, and tells of each that was kept."""


@pytest.fixture
def records(place: str, clock: Clock) -> Iterator[Records]:
    with recording.opened(place, clock) as records:
        yield records


def start_writer(place: str, *, batches: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, str(WRITER), place, str(batches)],
        env=os.environ | {"PYTHONPATH": str(WRITER.parents[1])},
        stdout=subprocess.PIPE,
    )


def usage(records: Records, id_: str = KEY) -> Usage | None:
    return records.usage([id_]).get(id_)


class TestDecision:
    def test_a_denial_is_found_whole(self, records: Records) -> None:
        denied = recording.deny()
        records.write(Batch(rows=[recording.deny(), denied, recording.deny()]))
        assert records.decision(denied.decision_id) == denied

    def test_a_whitelisted_allow_is_found_with_its_entries(self, records: Records) -> None:
        allowed = recording.allow(NOON, "1" * 24, "2" * 24)
        records.write(Batch(rows=[allowed]))
        assert records.decision(allowed.decision_id) == allowed

    def test_it_is_found_with_the_hops_that_are_known_of_it(self, records: Records) -> None:
        way = "10.0.0.1=trusted;192.0.2.1=caller"
        with_way = replace(recording.deny(), hops=way), replace(recording.allow(), hops=way)
        without = recording.deny()
        rows = [*with_way, without]
        records.write(Batch(rows=rows))
        records.write(Batch(rows=rows))
        assert [records.decision(row.decision_id) for row in rows] == rows

    def test_a_counted_allow_is_found_by_the_last_id_of_its_minute(self, records: Records) -> None:
        first, last = recording.counted(3), recording.counted(4, NOON + timedelta(seconds=1))
        records.write(Batch(counts=[first]))
        records.write(Batch(counts=[last]))
        found = records.decision(last.decision_id)
        assert found is not None
        assert (found.outcome, found.key_id, found.address) == ("allow", KEY, HOME)
        assert found.time == last.last
        assert records.decision(first.decision_id) is None

    def test_an_older_count_that_comes_late_does_not_become_the_last(
        self, records: Records
    ) -> None:
        late, newest = recording.counted(3), recording.counted(4, NOON + timedelta(seconds=1))
        records.write(Batch(counts=[newest]))
        records.write(Batch(counts=[late]))
        assert records.decision(newest.decision_id) is not None
        assert usage(records) == Usage(7, newest.last, str(HOME))

    def test_an_unknown_id_is_none(self, records: Records) -> None:
        assert records.decision("f" * 24) is None

    def test_decisions_of_earlier_days_are_found(self, records: Records, clock: Clock) -> None:
        old = recording.deny()
        records.write(Batch(rows=[old]))
        clock.time += 3 * DAY
        records.write(Batch(rows=[recording.deny(clock.time)]))
        assert records.decision(old.decision_id) == old

    def test_the_same_decision_twice_is_kept_once(self, records: Records) -> None:
        denied = recording.deny()
        records.write(Batch(rows=[denied]))
        records.write(Batch(rows=[denied]))
        assert records.decision(denied.decision_id) == denied

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("line\r\nbreak", "line\\u000d\\u000abreak"),
            ("nul\x00", "nul\\u0000"),
            ("\x1b[31mred", "\\u001b[31mred"),
            ("\u202etxt.exe", "\\u202etxt.exe"),
            ("\ud800", "\\ud800"),
            ("a\\u0000", "a\\u005cu0000"),
            ("josé@example.org", "josé@example.org"),
            ("x" * 10_000, "x" * 254),
        ],
    )
    def test_a_foreign_name_disturbs_nothing(self, records: Records, given: str, kept: str) -> None:
        denied = recording.deny(username=given)
        records.write(Batch(rows=[denied]))
        found = records.decision(denied.decision_id)
        assert found is not None
        assert found.username == kept


class TestUsage:
    def test_an_unused_key_is_left_out(self, records: Records) -> None:
        assert records.usage([KEY, ENTRY]) == {}

    def test_a_key_is_used_by_allows_and_denials(self, records: Records) -> None:
        last = NOON + timedelta(seconds=9)
        records.write(
            Batch(
                rows=[recording.allow(), recording.deny(last, address=AWAY)],
                counts=[recording.counted(5)],
            )
        )
        assert usage(records) == Usage(7, last, "2001:db8::1")

    def test_an_entry_is_used_only_by_what_it_let_through(self, records: Records) -> None:
        denied = replace(recording.deny(), entry_ids=(ENTRY,))
        records.write(Batch(rows=[recording.allow(), recording.allow(), denied]))
        assert usage(records, ENTRY) == Usage(2, NOON, str(HOME))

    def test_a_failed_proof_uses_no_key(self, records: Records) -> None:
        failed = replace(recording.deny(), outcome="challenge")
        count = ChallengeCount("replayed", HOME, NOON, 7, NOON, "ada@example.org")
        records.write(Batch(rows=[failed], challenges=[count]))
        assert usage(records) is None

    def test_an_unknown_address_is_told_as_none(self, records: Records) -> None:
        records.write(Batch(counts=[recording.counted(address=None)]))
        assert usage(records) == Usage(1, NOON, None)

    def test_more_ids_than_one_question_holds_are_answered(self, records: Records) -> None:
        ids = [f"{number:024x}" for number in range(1, 1_300)]
        records.write(Batch(counts=[recording.counted(key_id=id_) for id_ in ids]))
        assert records.usage(ids).keys() == set(ids)

    def test_counts_of_failed_proofs_add_up(self, records: Records) -> None:
        count = ChallengeCount("replayed", None, NOON, 7, NOON)
        records.write(Batch(challenges=[count]))
        records.write(Batch(challenges=[count, replace(count, reason="key unknown")]))


class TestPrune:
    def test_totals_outlive_the_records_they_were_counted_from(
        self, records: Records, clock: Clock
    ) -> None:
        old = recording.allow()
        records.write(Batch(rows=[old], counts=[recording.counted(5)]))
        clock.time += 5 * DAY
        records.write(Batch(counts=[recording.counted(2, clock.time)]))
        records.prune(clock.time.date())
        records.prune(clock.time.date())
        assert records.decision(old.decision_id) is None
        assert usage(records) == Usage(8, clock.time, str(HOME))
        assert usage(records, ENTRY) == Usage(1, NOON, str(HOME))

    def test_days_from_the_limit_on_stay(self, records: Records, clock: Clock) -> None:
        kept = []
        for _ in range(5):
            kept.append(recording.deny(clock.time))
            records.write(Batch(rows=[kept[-1]]))
            clock.time += DAY
        records.prune((NOON + 3 * DAY).date())
        found = [records.decision(record.decision_id) is not None for record in kept]
        assert found == [False, False, False, True, True]

    def test_today_and_yesterday_stay_whatever_is_asked(
        self, records: Records, clock: Clock
    ) -> None:
        yesterday = recording.deny()
        records.write(Batch(rows=[yesterday]))
        clock.time += DAY
        today = recording.deny(clock.time)
        records.write(Batch(rows=[today]))
        records.prune((clock.time + 9 * DAY).date())
        assert records.decision(yesterday.decision_id) == yesterday
        assert records.decision(today.decision_id) == today

    def test_nothing_to_prune_is_no_fault(self, records: Records) -> None:
        records.prune(NOON.date())


class TestObservations:
    def test_they_are_added_up_by_kind_whatever_the_minute(
        self, records: Records, clock: Clock
    ) -> None:
        first, last = recording.overlooked(3), recording.overlooked(4, NOON + timedelta(minutes=2))
        other = recording.overlooked(1, rule="2", reason="OPERATION_UNKNOWN", path="/a/{id}")
        records.write(Batch(overlooked=[first, other]))
        records.write(Batch(overlooked=[replace(first, count=5), last]))
        clock.time += DAY
        tomorrow = recording.overlooked(10, clock.time, address=AWAY)
        records.write(Batch(overlooked=[tomorrow, replace(last, count=100)]))
        found = records.observations(NOON - DAY)
        assert found == {
            first.kind: replace(last, count=3 + 5 + 4 + 100, minute=first.minute),
            other.kind: other,
            tomorrow.kind: tomorrow,
        }

    def test_only_those_since_a_moment_are_told(self, records: Records) -> None:
        early, late = recording.overlooked(3), recording.overlooked(4, NOON + timedelta(minutes=2))
        records.write(Batch(overlooked=[early, late]))
        assert records.observations(NOON + timedelta(minutes=1)) == {late.kind: late}
        assert records.observations(NOON + DAY) == {}

    def test_whatever_was_asked_for_is_kept_harmless(self, records: Records) -> None:
        odd = recording.overlooked(method="GET\n", path="/\x1b[31m" + "x" * 999, username="a\ud800")
        records.write(Batch(overlooked=[odd]))
        (found,) = records.observations(NOON - DAY)
        assert (found.method, found.path[:12]) == ("GET\\u000a", "/\\u001b[31mx"[:12])

    def test_the_last_of_a_kind_is_found_by_its_id_and_is_no_denial(self, records: Records) -> None:
        one = recording.overlooked(3, group_id="c" * 24)
        records.write(Batch(overlooked=[one]))
        found = records.decision(one.decision_id)
        assert found is not None
        assert (found.outcome, found.rule, found.key_id) == ("overlooked", "5", KEY)
        assert (found.address, found.group_id) == (HOME, "c" * 24)

    def test_a_key_that_proved_such_a_call_was_used(self, records: Records) -> None:
        records.write(Batch(overlooked=[recording.overlooked(3)]))
        assert usage(records) == Usage(3, NOON, str(HOME))

    def test_they_go_with_their_day(self, records: Records, clock: Clock) -> None:
        records.write(Batch(overlooked=[recording.overlooked(3)]))
        clock.time += 5 * DAY
        records.prune(clock.time.date())
        assert records.observations(NOON - DAY) == {}


class TestDropped:
    def test_what_was_dropped_is_told_until_its_day_is_removed(
        self, records: Records, clock: Clock
    ) -> None:
        records.write(Batch(dropped=3))
        records.write(Batch(dropped=4))
        clock.time += 5 * DAY
        records.write(Batch(dropped=10))
        assert records.dropped() == 17
        records.prune(clock.time.date())
        assert records.dropped() == 10


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.randoms(use_true_random=False), days=st.integers(0, 4))
def test_totals_are_exact_whatever_the_order_of_batches(
    records: Records, clock: Clock, seed: random.Random, days: int
) -> None:
    before = records.usage([KEY]).get(KEY, Usage(0, NOON, None)).count
    total = 0
    for _ in range(seed.randint(1, 8)):
        clock.time += seed.randint(0, days) * DAY
        numbers = [seed.randint(1, 9) for _ in range(seed.randint(0, 3))]
        jitter = [timedelta(seconds=seed.randint(-90, 0)) for _ in numbers]
        counts = [
            recording.counted(number, clock.time + late)
            for number, late in zip(numbers, jitter, strict=True)
        ]
        rows = [recording.deny(clock.time) for _ in range(seed.randint(0, 2))]
        records.write(Batch(rows=rows, counts=counts))
        total += sum(numbers) + len(rows)
        if seed.random() < 0.3:
            records.prune(clock.time.date() - seed.randint(0, 3) * DAY)
    found = usage(records)
    assert (found.count if found else 0) == before + total


class TestProcesses:
    def test_four_writers_at_once_lose_nothing(self, place: str) -> None:
        writers = [start_writer(place, batches=25) for _ in range(4)]
        for writer in writers:
            output, _ = writer.communicate(timeout=60)
            assert writer.returncode == 0
            assert output.split()[-1] == b"25"
        with recording.opened(place, Clock()) as records:
            found = records.usage([KEY, ENTRY])
        assert found[KEY].count == 4 * 25 * (1 + 1 + 3)
        assert found[ENTRY].count == 4 * 25

    def test_a_writer_killed_at_any_moment_leaves_whole_batches(self, place: str) -> None:
        acknowledged = 0
        killed = 4
        for number in range(killed):
            writer = start_writer(place, batches=100_000)
            assert writer.stdout is not None
            for _ in range(3 + 7 * number):
                acknowledged += bool(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            acknowledged += len(writer.stdout.read().split(b"\n")) - 1
            writer.wait(10)
            writer.stdout.close()
        with recording.opened(place, Clock()) as records:
            records.write(Batch(rows=[recording.deny()]))
            found = records.usage([KEY, ENTRY])
        batches, rest = divmod(found[KEY].count - 1, 5)
        assert rest == 0
        assert found[ENTRY].count == batches
        assert acknowledged <= batches <= acknowledged + killed


class TestFailing:
    def test_a_lock_or_a_full_disk_may_pass(self) -> None:
        for error in (sa.exc.OperationalError("x", {}, Exception("locked")), OSError(28, "full")):
            with pytest.raises(RecordsUnavailable), failing_as_unavailable():
                raise error

    def test_values_that_do_not_fit_never_will(self) -> None:
        with pytest.raises(RecordsRejected), failing_as_unavailable():
            raise sa.exc.DataError("x", {}, Exception("too long"))

    def test_a_bug_stays_a_bug(self) -> None:
        with pytest.raises(KeyError), failing_as_unavailable():
            raise KeyError
