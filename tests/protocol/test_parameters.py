"""The tokenizer of authentication parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.protocol import parameters
from keyreeve.protocol.parameters import MalformedParameters

printable = st.text(st.characters(exclude_categories=["Cc"]), max_size=30)
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_*!", min_size=1, max_size=10)


@given(st.dictionaries(names, printable, min_size=1, max_size=parameters.MOST))
def test_quoted_values_are_read_back(values: dict[str, str]) -> None:
    text = ", ".join(f"{name}={parameters.quote(value)}" for name, value in values.items())
    assert parameters.read(text) == ({}, values)


@given(st.dictionaries(names, names, min_size=1, max_size=parameters.MOST))
def test_tokens_are_read_back(values: dict[str, str]) -> None:
    text = ",".join(f"{name}={value}" for name, value in values.items())
    assert parameters.read(text) == (values, {})


@given(st.text() | st.text('abc="\\\\, \t'))
def test_no_text_does_more_harm_than_to_be_refused(text: str) -> None:
    try:
        tokens, quoted = parameters.read(text)
    except MalformedParameters:
        return
    assert 1 <= len(tokens) + len(quoted) <= parameters.MOST
    assert not tokens.keys() & quoted.keys()


def test_names_are_read_in_small_letters_and_values_as_they_stand() -> None:
    assert parameters.read('REALM="A", Stale=TRUE') == ({"stale": "TRUE"}, {"realm": "A"})


@pytest.mark.parametrize("text", ["a=b, A=c", 'a=b, a="c"', 'a="b",a="b"'])
def test_a_name_that_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(MalformedParameters):
        parameters.read(text)


@pytest.mark.parametrize("text", ["a=é", "é=a", "a=b;c=d", "a='b'=c=d", "a=b c", "a", "=", "a=/"])
def test_what_no_token_holds_is_refused(text: str) -> None:
    with pytest.raises(MalformedParameters):
        parameters.read(text)


def test_one_parameter_more_than_the_most_is_refused() -> None:
    most = ", ".join(f"n{number}=x" for number in range(parameters.MOST))
    assert len(parameters.read(most).tokens) == parameters.MOST
    with pytest.raises(MalformedParameters):
        parameters.read(f"{most}, another=x")
