"""Users: what may be a login, a name and a password."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.domain import user
from keyreeve.domain.errors import InvalidName, InvalidUsername, WeakPassword


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.org",
        "a@b",
        "Ada.Lovelace+keys@example.org",
        "zoé@exämple.org",
        "'a'@b",
        "a@b@c",
    ],
)
def test_an_e_mail_address_is_a_login_as_it_is_spelt(text: str) -> None:
    assert user.check_username(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@",
        "ada@",
        "@example.org",
        "5f" * 12,
        "ada:lovelace@example.org",
        'ada"@example.org',
        "ada\\@example.org",
        "ada @example.org",
        "ada@example.org ",
        "ada\u00a0@example.org",
        "ada@example.org\n",
        "ada\x00@example.org",
        "ada\x85@example.org",
        "ada\udcff@example.org",
        "a" * 250 + "@b.org",
    ],
    ids=ascii,
)
def test_no_other_text_is_a_login(text: str) -> None:
    with pytest.raises(InvalidUsername) as refused:
        user.check_username(text)
    assert b"\n" not in str(refused.value).encode()


@given(st.text() | st.text('a@:"\\ \n'))
def test_a_login_can_be_hashed_and_is_never_the_id_of_a_key(text: str) -> None:
    try:
        name = user.check_username(text)
    except InvalidUsername:
        return
    assert ":" not in name
    assert "@" in name.encode().decode()


def test_a_name_is_trimmed() -> None:
    assert user.check_name("firstName", "  Ada ") == "Ada"
    assert user.check_name("name", "x" * user.NAME_LIMIT)


@pytest.mark.parametrize("text", ["", "  ", "x" * 101, "a\nb", "a\x00"])
def test_a_name_that_cannot_be_shown_is_refused_with_its_attribute(text: str) -> None:
    with pytest.raises(InvalidName, match="firstName"):
        user.check_name("firstName", text)


def test_the_longest_name_can_be_another() -> None:
    with pytest.raises(InvalidName, match="at most 3 characters"):
        user.check_name("externalId", "abcd", longest=3)


@pytest.mark.parametrize("password", ["x" * 8, "x" * 256, "        "])
def test_a_password_is_judged_by_its_length_alone(password: str) -> None:
    user.check_password(password)


@pytest.mark.parametrize("password", ["", "x" * 7, "x" * 257])
def test_a_password_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        user.check_password(password)
