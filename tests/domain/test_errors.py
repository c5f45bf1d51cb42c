"""Refusals: a code each, a sentence each, and nothing of HTTP."""

import re

import pytest

from keyreeve.domain import errors
from keyreeve.domain.errors import Refusal

REFUSALS = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, Refusal) and value is not Refusal
]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_has_a_code_and_says_its_parameters(refusal: type[Refusal]) -> None:
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", refusal.code)
    places = re.findall(r"\{(\d)\}", refusal.sentence)
    assert sorted(places) == [str(number) for number in range(len(places))]
    told = refusal(*(f"parameter {number}" for number in range(len(places))))
    assert told.parameters == tuple(f"parameter {number}" for number in range(len(places)))
    assert all(f"parameter {number}" in str(told) for number in range(len(places)))
    assert "{" not in str(told)


def test_braces_in_a_parameter_mean_nothing() -> None:
    assert str(errors.UserNotFound("{0.__class__}")) == "No user {0.__class__} exists."
