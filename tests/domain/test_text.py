"""What people write, and what of it cannot be kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.domain import text


@pytest.mark.parametrize("written", ["a", "Ada Lovelace", "é€😀", "a\u00a0b", "<b>", "x" * 10])
def test_what_can_be_shown_is_kept(written: str) -> None:
    assert text.fault(written, longest=12) is None


@pytest.mark.parametrize(
    "written",
    [
        "\x00",
        "a\tb",
        "a\nb",
        "a\rb",
        "\x1b[1m",
        "\x7f",
        "\x85",
        "\x9f",
        "\u2028",
        "\u2029",
        "\udcff",
    ],
    ids=ascii,
)
def test_what_breaks_a_line_or_a_terminal_is_not(written: str) -> None:
    assert text.fault(written, longest=12) == "no control characters may stand in it"


def test_the_longest_is_not_too_long() -> None:
    assert text.fault("x" * 12, longest=12) is None
    assert text.fault("x" * 13, longest=12) == "at most 12 characters"


def test_nothing_is_kept_only_where_nothing_may_be_said() -> None:
    assert text.fault("", longest=12) == "it is empty"
    assert text.fault("", longest=12, may_be_empty=True) is None


@given(st.text(), st.integers(0, 20), st.booleans())
def test_every_text_is_judged_in_one_sentence(written: str, longest: int, empty: bool) -> None:
    fault = text.fault(written, longest=longest, may_be_empty=empty)
    assert fault is None or fault.isprintable()
