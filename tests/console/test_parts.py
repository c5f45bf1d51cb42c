from dataclasses import fields, is_dataclass
from inspect import getmembers, isclass

from keyreeve.console import parts
from keyreeve.console.parts import Field, Shell


def test_what_pages_are_made_of_cannot_be_changed() -> None:
    for name, part in getmembers(parts, isclass):
        if part.__module__ == parts.__name__:
            assert is_dataclass(part), name
            assert part.__dataclass_params__.frozen, name


def test_a_field_starts_empty_and_faultless() -> None:
    assert (Field("email").value, Field("email").problem) == ("", None)


def test_a_shell_without_a_user_shows_no_navigation() -> None:
    assert {f.name for f in fields(Shell)} >= {"csrf", "username", "groups", "notices"}
    assert Shell("token").username is None
