"""Bad input is refused with its documented status, on every operation."""

import pytest

from api import refused
from api.house import House
from api.refused import Refusals

MOST = 24
"""Lines in the list of exceptions. This number may only go down."""


@pytest.fixture(scope="module")
def refusals(house: House) -> Refusals:
    return Refusals(house)


@pytest.fixture(scope="module")
def found(refusals: Refusals) -> list[str]:
    return sorted(refusals.not_refused())


@pytest.fixture(scope="module")
def kept() -> list[str]:
    return refused.FILE.read_text().splitlines()


def test_whatever_is_not_on_the_list_is_refused(found: list[str], kept: list[str]) -> None:
    assert not set(found) - set(kept)


def test_the_list_holds_nothing_that_is_refused(found: list[str], kept: list[str]) -> None:
    assert not set(kept) - set(found), "remove these lines, and lower MOST"


def test_the_list_only_shrinks(kept: list[str]) -> None:
    assert len(kept) == len(set(kept)) == MOST


def test_every_refusal_is_documented(refusals: Refusals, found: list[str]) -> None:
    assert found
    assert not refusals.undocumented
