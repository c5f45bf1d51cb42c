"""What waits to be written stays within bounds, and loses what matters least first."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from keyreeve.judge import backlog
from keyreeve.judge.backlog import Backlog
from keyreeve.protocol.address import Address
from keyreeve.storage.records import Batch, ChallengeCount
from storage import recording
from storage.recording import HOME, KEY, NOON

MINUTE = timedelta(minutes=1)


def drained(waiting: Backlog) -> list[Batch]:
    batches = []
    while waiting:
        batches.append(waiting.take())
    return batches


def total(batches: list[Batch]) -> int:
    return sum(batch.size + batch.dropped for batch in batches)


def challenge(number: int = 1, **changes: object) -> ChallengeCount:
    return replace(ChallengeCount("replayed", HOME, NOON, number, NOON, "ada"), **changes)


def test_an_empty_backlog_is_false() -> None:
    assert not Backlog()


def test_counts_of_one_minute_are_one() -> None:
    waiting = Backlog()
    first, last = recording.counted(2), recording.counted(3, NOON + timedelta(seconds=1))
    waiting.count(last)
    waiting.count(first)
    assert waiting.take().counts == (replace(last, count=5),)


def test_too_many_counts_are_merged_by_key_before_anything_is_dropped() -> None:
    waiting = Backlog(counts=4)
    keys = ["1" * 24, "2" * 24]
    for number in range(9):
        waiting.count(
            recording.counted(key_id=keys[number % 2], operation=f"o{number}", last=NOON + MINUTE)
        )
    batch = waiting.take()
    assert sorted((c.key_id, c.operation, c.count) for c in batch.counts) == [
        (keys[0], backlog.MERGED, 5),
        (keys[1], backlog.MERGED, 4),
    ]
    assert batch.dropped == 0


def test_counts_of_too_many_keys_are_dropped_oldest_first_and_told() -> None:
    waiting = Backlog(counts=3)
    for number in range(7):
        last = NOON + timedelta(seconds=number)
        waiting.count(recording.counted(key_id=f"{number:024x}", last=last))
    batch = waiting.take()
    assert [c.key_id[-1] for c in batch.counts] == ["4", "5", "6"]
    assert batch.dropped == 4


def test_allows_beyond_their_room_are_counted() -> None:
    waiting = Backlog(allows=2)
    waiting.add(recording.allow() for _ in range(5))
    batch = waiting.take()
    assert len(batch.rows) == 2
    assert [(c.key_id, c.count) for c in batch.counts] == [(KEY, 3)]
    assert batch.dropped == 0


def test_denials_stay_when_allows_have_no_room_left() -> None:
    waiting = Backlog(allows=1, denials=3)
    denials = [recording.deny() for _ in range(4)]
    waiting.add([*(recording.allow() for _ in range(9)), *denials])
    batch = waiting.take()
    assert [row for row in batch.rows if row.outcome == "deny"] == denials[:3]
    assert batch.dropped == 1


def test_what_could_not_be_written_comes_again_before_what_is_newer() -> None:
    waiting = Backlog(denials=2)
    first, second, third = recording.deny(), recording.deny(), recording.deny()
    waiting.add([first])
    waiting.challenge(challenge(2))
    waiting.drop(3)
    batch = waiting.take()
    waiting.add([second, third])
    waiting.challenge(challenge(5))
    waiting.put_back(batch)
    again = waiting.take()
    assert again.rows == (first, second)
    assert again.challenges == (challenge(7),)
    assert again.dropped == 3 + 1


def test_one_write_is_bounded() -> None:
    waiting = Backlog()
    waiting.add(recording.deny() for _ in range(backlog.PORTION + 1))
    assert [len(batch.rows) for batch in drained(waiting)] == [backlog.PORTION, 1]


def test_observations_of_one_minute_are_one_and_come_again_if_they_were_not_written() -> None:
    waiting = Backlog()
    first, last = recording.overlooked(2), recording.overlooked(3, NOON + timedelta(seconds=1))
    waiting.overlook(first)
    batch = waiting.take()
    assert not waiting
    waiting.overlook(last)
    waiting.put_back(batch)
    assert waiting
    assert waiting.take().overlooked == (replace(last, count=5),)


def test_a_flood_of_sources_fills_no_disk() -> None:
    waiting = Backlog()
    for minute in range(3):
        for number in range(2_000):
            address = Address(number.to_bytes(4, "big"))
            time = NOON + minute * MINUTE
            waiting.challenge(challenge(address=address, minute=time, last=time))
    batches = drained(waiting)
    assert total(batches) == 3 * 2_000
    assert sum(len(b.challenges) for b in batches) == 3 * (backlog.CHALLENGES_A_MINUTE + 1)


@given(st.randoms(use_true_random=False))
def test_nothing_is_lost_untold_whatever_the_order(chance: object) -> None:
    chance_of = chance.random  # type: ignore[attr-defined] - Hypothesis gives a Random
    waiting = Backlog(counts=5, allows=3, denials=3)
    noted = 0
    written: list[Batch] = []
    for _ in range(60):
        draw = chance_of()
        last = NOON + int(chance_of() * 3) * MINUTE
        if draw < 0.4:
            key = f"{int(chance_of() * 9):024x}"
            waiting.count(recording.counted(2, last, key_id=key))
            noted += 2
        elif draw < 0.6:
            waiting.add([recording.deny(last), recording.allow(last)])
            noted += 2
        elif draw < 0.7:
            waiting.challenge(challenge(minute=last, last=last))
            noted += 1
        elif draw < 0.75:
            waiting.overlook(recording.overlooked(3, last))
            noted += 3
        elif waiting:
            batch = waiting.take()
            if chance_of() < 0.5:
                waiting.put_back(batch)
            else:
                written.append(batch)
    assert total(written + drained(waiting)) == noted
