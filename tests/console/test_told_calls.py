"""What a denied caller gets, as the page says it; all else is tested through the page."""

import pytest

from keyreeve.api.described import OWN
from keyreeve.console import told_calls
from keyreeve.console.told_calls import Wrong
from keyreeve.domain.decision import Deny, Reason


@pytest.mark.parametrize("reason", Reason)
def test_the_gate_is_named_where_it_says_something_else(reason: Reason) -> None:
    own = told_calls.status(OWN, "own", Deny(reason))
    guarded = told_calls.status(OWN, "guarded", Deny(reason))
    assert own == f"{OWN.statuses[reason.code]} {reason.code}"
    assert guarded == own + ("" if own.startswith("403") else ", from the gate 403")


def test_what_is_wrong_names_its_field() -> None:
    assert (Wrong("path", "No.").field, Wrong("path", "No.").reason) == ("path", "No.")
