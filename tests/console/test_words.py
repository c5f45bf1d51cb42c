import pytest

from keyreeve.console import words
from keyreeve.domain.errors import GroupAlreadyExists, InvalidDescription


def test_roles_are_read_the_highest_first() -> None:
    held = {"GROUP_READ_ONLY", "GROUP_OWNER", "GROUP_DATA_ADMIN", "GROUP_USER_ADMIN"}
    assert words.roles(held) == ("Owner", "User Admin", "Read Only", "Data Admin")
    assert words.roles(()) == ()


def test_a_refusal_is_said_as_a_sentence() -> None:
    assert words.sentence(GroupAlreadyExists("Weather")) == "A group named Weather already exists."


def test_the_reason_of_a_refusal_stands_alone_under_its_field() -> None:
    assert words.reason(InvalidDescription("it is empty")) == "It is empty."


@pytest.mark.parametrize(
    ("prefix", "bits", "text"),
    [
        (32, 32, ""),
        (128, 128, ""),
        (24, 32, "256 addresses"),
        (0, 32, "4,294,967,296 addresses"),
        (96, 128, "4,294,967,296 addresses"),
        (64, 128, "2^64 addresses"),
    ],
)
def test_a_range_says_how_many_addresses_it_covers(prefix: int, bits: int, text: str) -> None:
    assert words.covered(prefix, bits) == text
