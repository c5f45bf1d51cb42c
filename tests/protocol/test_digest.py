"""HTTP Digest: published vectors, the ways of real clients, and all that is refused."""

import dataclasses
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.protocol import digest
from keyreeve.protocol.digest import Credentials, MalformedDigest
from protocol.fields import (
    CLIENTS,
    MD5_HEX,
    READ_AS,
    REFUSED,
    credentials,
    field,
    nearly_right,
    parts,
)

RFC_7616 = Credentials(
    username="Mufasa",
    realm="http-auth@example.org",
    nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    uri="/dir/index.html",
    response="8ca523f5e9506fed4657c9700eebdbec",
    nc="00000001",
    cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    algorithm="MD5",
)
"""RFC 7616, section 3.9.1."""
RFC_7616_SHA = dataclasses.replace(
    RFC_7616,
    response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    algorithm="SHA-256",
)
RFC_2617 = Credentials(
    username="Mufasa",
    realm="testrealm@host.com",
    nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
    uri="/dir/index.html",
    response="6629fae49393a05397450978507c4ef1",
    nc="00000001",
    cnonce="0a4f113b",
    algorithm="MD5",
)
"""RFC 2617, section 3.5."""


RIGHT = digest.parse(field())


@pytest.mark.parametrize(
    ("credentials", "secret"),
    [(RFC_7616, "Circle of Life"), (RFC_7616_SHA, "Circle of Life"), (RFC_2617, "Circle Of Life")],
)
def test_the_published_vectors_come_out(credentials: Credentials, secret: str) -> None:
    c = credentials
    ha1 = digest.ha1(c.algorithm, c.username, c.realm, secret)
    ha2 = digest.ha2(c.algorithm, "GET", c.uri)
    assert digest.respond(c, ha1=ha1, ha2=ha2) == c.response


def test_names_and_keys_are_hashed_as_utf_8() -> None:
    assert digest.ha1("MD5", "é", "r", "ö") == hashlib.md5("é:r:ö".encode()).hexdigest()


@pytest.mark.parametrize(
    ("stale", "end"), [(False, 'qop="auth", stale=false'), (True, 'qop="auth", stale=true')]
)
def test_a_challenge_is_spelt_for_the_pickiest_client(stale: bool, end: str) -> None:
    said = digest.challenge(realm="Keyreeve", nonce="n0", algorithm="MD5", stale=stale)
    assert said == f'Digest realm="Keyreeve", domain="", nonce="n0", algorithm=MD5, {end}'


def test_a_realm_is_quoted_in_a_challenge() -> None:
    said = digest.challenge(realm='a "b" \\', nonce="n0", algorithm="SHA-256", stale=False)
    assert said.startswith('Digest realm="a \\"b\\" \\\\", domain=""')


@pytest.mark.parametrize("realm", ["a\r\nX: 1", "\x00", "\x7f"])
def test_a_realm_with_a_control_is_never_sent(realm: str) -> None:
    with pytest.raises(ValueError, match="control"):
        digest.challenge(realm=realm, nonce="n0", algorithm="MD5", stale=False)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_is_understood(client: str) -> None:
    expected = {name: getattr(RIGHT, name) for name in RIGHT.__slots__}
    assert digest.parse(CLIENTS[client]) == Credentials(**(expected | READ_AS.get(client, {})))


@given(st.permutations(list(parts())))
def test_the_order_of_parameters_means_nothing(order: list[str]) -> None:
    whole = parts()
    text = "Digest " + ", ".join(f"{name}={whole[name]}" for name in order)
    assert digest.parse(text.encode()) == RIGHT


def test_the_count_is_read_as_hex_and_the_literal_is_hashed() -> None:
    short, long = digest.parse(field(nc="1f")), digest.parse(field(nc="0000001f"))
    assert short.count == long.count == 31
    hashes = [digest.respond(c, ha1="a", ha2="b") for c in (short, long)]
    assert hashes[0] != hashes[1]


@pytest.mark.parametrize("fault", REFUSED)
def test_a_malformed_field_is_refused(fault: str) -> None:
    assert digest._parse_known(REFUSED[fault]) is None
    with pytest.raises(MalformedDigest):
        digest.parse(REFUSED[fault])


def test_eight_kib_and_32_parameters_are_not_too_much() -> None:
    long = field(opaque='""')
    assert digest.parse(field(opaque=f'"{"x" * (8192 - len(long))}"')) == RIGHT
    assert digest.parse(field(**{f"x{n}": "y" for n in range(23)})) == RIGHT


@pytest.mark.parametrize("secret", [MD5_HEX, "Y25vbmNl"])
def test_nothing_of_the_proof_is_shown(secret: str) -> None:
    assert secret not in repr(RIGHT)


@given(credentials)
def test_what_is_written_is_read_back(written: Credentials) -> None:
    assert digest.parse(digest.format(written).encode()) == written


@given(st.binary() | nearly_right())
def test_no_field_does_more_harm_than_to_be_refused(header: bytes) -> None:
    try:
        found = digest.parse(header)
    except MalformedDigest:
        return
    assert 1 <= found.count < 2**32
    assert digest.parse(digest.format(found).encode()) == found


def test_a_field_built_to_be_slow_is_not() -> None:
    for filling in (
        b'"' * 8000,
        b"a=" * 4000,
        b"\\" * 8000,
        b"a=b," * 2000,
        b" " * 8000,
        b"," * 8000,
    ):
        with pytest.raises(MalformedDigest):
            digest.parse(b"Digest " + filling)
