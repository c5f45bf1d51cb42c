"""Observations are added up by kind."""

from dataclasses import replace
from datetime import timedelta

from keyreeve.storage import observations
from storage import recording
from storage.recording import NOON

LATER = NOON + timedelta(minutes=3)


def test_of_two_the_later_brings_its_company() -> None:
    first = recording.overlooked(2, username="a")
    last = recording.overlooked(3, LATER, username="b")
    expected = replace(last, count=5, minute=first.minute)
    assert observations.combined(first, last) == observations.combined(last, first) == expected


def test_another_kind_is_kept_apart() -> None:
    one, other = recording.overlooked(2), recording.overlooked(2, method="PUT")
    found = observations.added({one.kind: one}, [other, one])
    assert {o.kind.method: o.count for o in found.values()} == {"": 4, "PUT": 2}
