"""The short way for the fields of known clients: never another answer than the tokenizer's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.protocol import digest, layouts
from keyreeve.protocol.digest import Credentials, MalformedDigest
from protocol.fields import CLIENTS, MD5_HEX, credentials, field, nearly_right


@pytest.mark.parametrize(
    "client",
    [
        field(),
        CLIENTS["curl, SHA-256"],
        CLIENTS["browsers"],
        CLIENTS["browsers, SHA-256"],
        *(
            f'Digest username="u", realm="r", nonce="n", uri="/", response="{MD5_HEX}", '.encode()
            + end
            for end in (
                b'algorithm="MD5", qop="auth", nc=00000001, cnonce="c"',
                b'algorithm="MD5", qop=auth, nc=00000001, cnonce="c"',
                b'algorithm=MD5, qop=auth, nc=00000001, cnonce="c"',
            )
        ),
    ],
)
def test_the_layouts_of_common_clients_take_the_short_way(client: bytes) -> None:
    assert digest._parse_known(client) == digest._parse_any(client)


def read(header: bytes) -> Credentials | None:
    try:
        return digest._parse_any(header)
    except MalformedDigest:
        return None


@given(
    nearly_right() | st.binary(max_size=200) | credentials.map(lambda c: digest.format(c).encode())
)
def test_the_short_way_agrees_with_the_tokenizer(header: bytes) -> None:
    known = digest._parse_known(header)
    assert known is None or known == read(header)


def test_a_client_nobody_knows_is_left_to_the_tokenizer() -> None:
    assert layouts.read(field(opaque='"x"')) is None


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_a_tail_reads_what_the_whole_field_says(client: bytes, algorithm: str) -> None:
    text = client.decode("latin-1")
    whole = read(client)
    start = text.find('uri="') + len('uri="')
    end = text.find('"', start)
    tail = layouts.tail(text, end, algorithm)
    if tail is None:
        return
    assert whole is not None
    match = tail.pattern.match(text, end)
    assert match is not None
    assert match.group(*tail.places) == (whole.nc, whole.cnonce, whole.response)
    assert whole.algorithm == algorithm


@pytest.mark.parametrize("end", ["", " ", ", qop=auth", ', response="0"', "\n"])
def test_a_tail_ends_where_the_field_ends(end: str) -> None:
    text = field().decode() + end
    at = text.find('"', text.find('uri="') + len('uri="'))
    assert (layouts.tail(text, at, "MD5") is None) == bool(end)
