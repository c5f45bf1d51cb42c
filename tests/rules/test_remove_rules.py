"""No rule can be taken out of the code without a test turning red."""

import pytest

from rules import remove_rules
from rules.remove_rules import REMOVALS, Removal

RULES = ("1", "2", "3", "3b", "4", "5", "6", "7", "8")


def test_every_rule_is_taken_out() -> None:
    assert {removal.rule.split()[0] for removal in REMOVALS} >= set(RULES)


def test_nothing_taken_out_is_green() -> None:
    assert remove_rules.is_green()


@pytest.mark.parametrize("removal", REMOVALS, ids=lambda removal: removal.rule)
def test_a_rule_taken_out_turns_a_test_red(removal: Removal) -> None:
    assert remove_rules.turns_red(removal)


def test_a_removal_that_has_outlived_the_code_is_an_error() -> None:
    with pytest.raises(LookupError):
        remove_rules.turns_red(REMOVALS[0]._replace(text="no such text"))
