"""The spelling of API keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.protocol import token

entropies = st.binary(min_size=token.ENTROPY_BYTES, max_size=token.ENTROPY_BYTES)
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@given(entropies)
def test_what_is_made_is_well_formed(entropy: bytes) -> None:
    key = token.format(entropy)
    assert key.startswith("kr_")
    assert len(key) == 36
    assert token.is_well_formed(key)


@given(entropies, entropies)
def test_no_two_keys_are_spelt_alike(one: bytes, other: bytes) -> None:
    assert (token.format(one) == token.format(other)) == (one == other)


def test_the_spelling_never_changes() -> None:
    assert token.format(bytes(20)) == "kr_0000000000000000000000000002NLpmW"
    assert token.format(b"\xff" * 20).startswith("kr_aWgEPTl1tmebfsQzFP4bxwgy80V")


@given(entropies, st.integers(3, 35), st.sampled_from(DIGITS))
def test_one_wrong_letter_is_noticed(entropy: bytes, place: int, letter: str) -> None:
    key = token.format(entropy)
    wrong = key[:place] + letter + key[place + 1 :]
    assert token.is_well_formed(wrong) == (wrong == key)


@given(st.text())
def test_no_other_text_is_well_formed(text: str) -> None:
    assert not token.is_well_formed(text)
    assert not token.is_well_formed(token.format(bytes(20)) + (text or " "))


@pytest.mark.parametrize("size", [0, 19, 21])
def test_a_key_of_another_size_is_never_made(size: int) -> None:
    with pytest.raises(ValueError, match="20 bytes"):
        token.format(bytes(size))


@given(entropies)
def test_a_redacted_key_shows_its_last_four_characters_alone(entropy: bytes) -> None:
    key = token.format(entropy)
    assert token.redact(key) == f"kr_********{key[-4:]}"


@given(entropies, st.text(), st.text())
def test_a_key_is_redacted_wherever_it_stands(entropy: bytes, before: str, after: str) -> None:
    key = token.format(entropy)
    for spelt in (key, key.replace("_", "%5F"), key.replace("_", "%5f")):
        told = token.redact_within(f"{before}\n{spelt} {after}")
        assert key[3:] not in told
        assert f"kr_********{key[-4:]} " in told


@pytest.mark.parametrize("text", ["", "kr_", "kr", "kr_laptop", "/groups?x=kr_********abcd"])
def test_what_gives_no_key_away_stays(text: str) -> None:
    assert token.redact_within(text) == text
