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
