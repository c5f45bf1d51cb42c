"""Nonces: ours and whole, or foreign."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.protocol import nonce
from keyreeve.protocol.nonce import ForeignNonce, Ticket

KEY = b"k" * 32
TICKET = Ticket(b"ledger 1", 1_000_000, b"chance")

tickets = st.builds(
    Ticket,
    generation=st.binary(min_size=8, max_size=8),
    issued=st.integers(0, 2**48 - 1),
    entropy=st.binary(min_size=6, max_size=6),
)
keys = st.binary(min_size=32, max_size=32)


@given(keys, tickets)
def test_what_was_issued_is_read_back(key: bytes, ticket: Ticket) -> None:
    assert nonce.read(key, nonce.issue(key, ticket)) == ticket


@given(tickets)
def test_a_nonce_needs_no_quoting_anywhere(ticket: Ticket) -> None:
    text = nonce.issue(KEY, ticket)
    assert len(text) == 48
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text())
def test_any_other_text_is_foreign(text: str) -> None:
    with pytest.raises(ForeignNonce):
        nonce.read(KEY, text)


@given(
    st.text(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", min_size=48, max_size=48
    )
)
def test_a_nonce_of_the_right_spelling_is_foreign_without_our_tag(text: str) -> None:
    with pytest.raises(ForeignNonce):
        nonce.read(KEY, text)


@given(tickets, st.integers(0, 36 * 8 - 1))
def test_one_turned_bit_makes_a_nonce_foreign(ticket: Ticket, bit: int) -> None:
    sealed = bytearray(base64.urlsafe_b64decode(nonce.issue(KEY, ticket)))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ForeignNonce):
        nonce.read(KEY, base64.urlsafe_b64encode(sealed).decode())


@given(keys, keys, tickets)
def test_a_nonce_of_another_installation_is_foreign(
    ours: bytes, theirs: bytes, ticket: Ticket
) -> None:
    if ours != theirs:
        with pytest.raises(ForeignNonce):
            nonce.read(ours, nonce.issue(theirs, ticket))


@pytest.mark.parametrize("text", ["", "=", "\n", "é" * 48])
def test_a_spelling_that_is_not_ours_is_foreign(text: str) -> None:
    issued = nonce.issue(KEY, TICKET)
    for wrong in (text, issued + text, text + issued, issued[:-1] + text):
        if wrong != issued:
            with pytest.raises(ForeignNonce):
                nonce.read(KEY, wrong)
