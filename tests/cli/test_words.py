"""A password from standard input."""

import io

import pytest

from keyreeve.cli import words


@pytest.mark.parametrize(
    ("text", "password"),
    [("a b\n", "a b"), ("a b\r\n", "a b"), ("a b", "a b"), (" a\nb \n", " a\nb ")],
)
def test_only_the_end_of_the_line_is_taken_off(
    text: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert words.read_password() == password


@pytest.mark.parametrize("text", ["", "\n", "\r\n", "x" * 5000])
def test_nothing_and_too_much_are_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    with pytest.raises(words.NoPassword):
        words.read_password()
