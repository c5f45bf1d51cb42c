"""API keys: what may be said about one."""

import pytest

from keyreeve.domain import api_key
from keyreeve.domain.errors import InvalidDescription


def test_a_description_is_trimmed() -> None:
    assert api_key.check_description("  laptop ") == "laptop"
    assert api_key.check_description("x" * api_key.DESCRIPTION_LIMIT)


@pytest.mark.parametrize("text", ["", " ", "x" * 256, "a\nb", "\x1b[31m", "a\u2028b"], ids=ascii)
def test_a_description_that_cannot_be_shown_is_refused(text: str) -> None:
    with pytest.raises(InvalidDescription):
        api_key.check_description(text)


def test_a_user_has_ten_keys_at_most() -> None:
    assert api_key.LIMIT == 10
