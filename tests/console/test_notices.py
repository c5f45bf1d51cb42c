import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.console import notices
from keyreeve.console.cookies import Cookie, Jar
from keyreeve.console.parts import Undo


def carried(code: str, *parameters: str) -> str:
    value = notices.said(code, *parameters).value
    assert value is not None
    return value


def test_what_was_said_is_heard_on_the_next_page() -> None:
    notice = notices.heard(carried("key-deleted", "Nightly <b>backup</b>"))

    assert notice is not None
    assert notice.sentence == "Nightly <b>backup</b> was deleted. Calls with it are refused."
    assert notice.tone == "done"


def test_a_deleted_entry_can_be_put_back() -> None:
    notice = notices.heard(carried("entry-deleted", "203.0.113.7", "Office", ""))

    assert notice is not None
    assert notice.undo == Undo(
        "Undo",
        "/settings/api-access/whitelist",
        (("address", "203.0.113.7"), ("comment", "Office")),
    )


def test_deleting_the_own_address_is_a_warning_that_names_it() -> None:
    notice = notices.heard(carried("entry-deleted-own", "203.0.113.0/24", "", "203.0.113.7"))

    assert notice is not None
    assert notice.tone == "warning"
    assert "Your own address, 203.0.113.7" in notice.sentence


def test_an_unrestricted_entry_is_a_warning() -> None:
    notice = notices.heard(carried("entry-unrestricted", "0.0.0.0/0"))
    assert notice is not None
    assert (notice.tone, "removes the restriction" in notice.sentence) == ("warning", True)


@pytest.mark.parametrize(
    "value", ["", "!", "e30", "W10", "WzFd", "WyJ4Il0", carried("key-deleted")]
)
def test_a_planted_cookie_says_nothing(value: str) -> None:
    assert notices.heard(value) is None


@given(st.lists(st.text(max_size=400), max_size=3))
def test_whatever_people_typed_travels_in_a_cookie(parameters: list[str]) -> None:
    cookie = notices.said("key-deleted", *parameters)
    field = Jar(secure=True).write(cookie)

    assert field.isascii()
    assert len(field) < 8192
    heard = notices.heard(cookie.value or "")
    assert (heard is None) == (not parameters)


def test_a_notice_is_kept_for_a_minute_at_most() -> None:
    assert "Max-Age=60" in Jar(secure=False).write(notices.said("signed-out"))
    assert notices.said("signed-out").cookie is Cookie.NOTICE
