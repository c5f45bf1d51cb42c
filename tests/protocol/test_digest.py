"""HTTP Digest: published vectors, the ways of real clients, and all that is refused."""

import dataclasses
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.protocol import digest, layouts
from keyreeve.protocol.digest import Credentials, MalformedDigest

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
MD5_HEX = "0123456789abcdef" * 2
SHA_256_HEX = "0123456789abcdef" * 4


def parts(**changes: str | None) -> dict[str, str]:
    """Return the parameters of a field that is right, as they are written; None takes one out."""
    whole: dict[str, str | None] = {
        "username": '"ada@example.org"',
        "realm": '"Keyreeve"',
        "nonce": '"bm9uY2U"',
        "uri": '"/groups/5f?pretty=true"',
        "cnonce": '"Y25vbmNl"',
        "nc": "00000001",
        "qop": "auth",
        "response": f'"{MD5_HEX}"',
        "algorithm": "MD5",
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def field(between: str = ", ", **changes: str | None) -> bytes:
    pairs = [f"{name}={value}" for name, value in parts(**changes).items()]
    return ("Digest " + between.join(pairs)).encode()


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


CLIENTS = {
    "curl": field(),
    "curl, SHA-256": field(algorithm="SHA-256", response=f'"{SHA_256_HEX}"'),
    "wget sends no algorithm": field(algorithm=None),
    "requests quotes qop and algorithm": field(qop='"auth"', algorithm='"MD5"'),
    "axios-digest-auth quotes nc": field(nc='"00000001"'),
    "an older operator sends nc=1": field(nc="1"),
    "digest-fetch counts in decimal": field(nc="00000010"),
    "a counter of eight digits": field(nc="ffffFFFF"),
    "a comma without a space": field(","),
    "a comma with more than one": field(" ,\t "),
    "an opaque we never sent": field(opaque='""'),
    "a parameter nobody knows": field(auth_param="token", charset="UTF-8"),
    "empty elements of the list": b"Digest , ," + field()[6:] + b", ,",
    "spaces around the equals sign": field().replace(b"nc=", b"nc = "),
    "names in capitals": field().replace(b"nonce=", b"Nonce=").replace(b"uri=", b"URI="),
    "the scheme in capitals": field().replace(b"Digest", b"DIGEST"),
    "more than one space behind the scheme": field().replace(b"Digest ", b"Digest   "),
    "the algorithm in small letters": field(algorithm="md5"),
    "user names in UTF-8": field(username='"zoé@example.org"'),
    "user names in Latin-1": field(username='"zoé@example.org"').decode().encode("latin-1"),
    "escapes in a user name": field(username='"a\\"\\\\b\\c@example.org"'),
}
READ_AS = {
    "curl, SHA-256": {"algorithm": "SHA-256", "response": SHA_256_HEX},
    "an older operator sends nc=1": {"nc": "1"},
    "digest-fetch counts in decimal": {"nc": "00000010"},
    "a counter of eight digits": {"nc": "ffffFFFF"},
    "user names in UTF-8": {"username": "zoé@example.org"},
    "user names in Latin-1": {"username": "zoé@example.org"},
    "escapes in a user name": {"username": 'a"\\bc@example.org'},
}


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


REFUSED = {
    "nothing": b"",
    "only the scheme": b"Digest",
    "no parameters": b"Digest ",
    "another scheme": field().replace(b"Digest", b"Basic"),
    "a scheme that only begins so": field().replace(b"Digest", b"Digest2"),
    "no space behind the scheme": field().replace(b"Digest ", b"Digest"),
    "a parameter twice": field() + b", nc=00000002",
    "a parameter twice, once quoted": field() + b', qop="auth"',
    "a parameter twice in other letters": field() + b', NONCE="x"',
    "an unknown parameter twice": field(a="b") + b", A=b",
    "an unterminated quote": field()[:-1] + b'"',
    "an unterminated value": field(response=f'"{MD5_HEX}'),
    "a quote behind the end": field() + b'"',
    "a whole parameter behind a quote": field() + b'"x',
    "an escape of nothing": field(username='"ada\\'),
    "text without a comma": field().replace(b", qop", b" qop"),
    "text behind a quoted value": field(username='"ada"x'),
    "a name without a value": field() + b", opaque",
    "a value without a name": field() + b', ="x"',
    "an empty token": field(nc=""),
    "more than 8 KiB": field(opaque=f'"{"x" * 8192}"'),
    "more than 32 parameters": field(**{f"x{n}": "y" for n in range(24)}),
    "an encoded user name": field(**{"username*": "UTF-8''ada"}),
    "a hashed user name": field(userhash="true"),
    "a user name said not to be hashed": field(userhash="false"),
    "no qop, the form of RFC 2069": field(qop=None),
    "the body in the hash": field(qop="auth-int"),
    "several qops": field(qop='"auth,auth-int"'),
    "qop in capitals": field(qop="AUTH"),
    "nc of zero": field(nc="00000000"),
    "nc of one zero": field(nc="0"),
    "nc of nine digits": field(nc="000000001"),
    "nc of no digits": field(nc='""'),
    "nc that is no hex": field(nc="0000000g"),
    "nc with a sign": field(nc="+1"),
    "nc with spaces": field(nc='"00 00 01"'),
    "nc in other digits": field(nc='"\u0660\u0661"'),
    "nc with an underscore": field(nc="0_1"),
    "nc with a prefix": field(nc="0x1"),
    "MD5-sess": field(algorithm="MD5-sess"),
    "SHA-256-sess": field(algorithm="SHA-256-sess", response=f'"{SHA_256_HEX}"'),
    "SHA-512-256": field(algorithm="SHA-512-256", response=f'"{SHA_256_HEX}"'),
    "an algorithm nobody knows": field(algorithm="X"),
    "an algorithm that only sounds alike": field(algorithm='"\u017fha-256"'),
    "an empty cnonce": field(cnonce='""'),
    "an empty response": field(response='""'),
    "a response of the other algorithm": field(response=f'"{SHA_256_HEX}"'),
    "a response too short": field(algorithm="SHA-256"),
    "a response that is no hex": field(response=f'"{"g" * 32}"'),
    "a response in capitals": field(response=f'"{"A" * 32}"'),
    "a response with spaces": field(response=f'"{"0 " * 16}"'),
    "a response in other letters": field(response=f'"{"é" * 32}"'),
    "a control in a value": field(username='"ada\x00"'),
    "a line break in a value": field(username='"ada\r\n"'),
    "a tab in a value": field(username='"a\tda"'),
    "an escaped control": field(username='"ada\\\x01"'),
    "a control beyond ASCII": field(username='"ada\x85"'),
    "a control beyond ASCII in Latin-1": field(username='"ada\x85"').decode().encode("latin-1"),
    "a line break for a space": field().replace(b", qop", b",\nqop"),
    **{f"no {name}": field(**{name: None}) for name in ("username", "realm", "nonce", "uri", "nc")},
    **{f"no {name}": field(**{name: None}) for name in ("response", "cnonce")},
    **{
        f"{name} without quotes": field(**{name: parts()[name].strip('"').replace("/", "")})
        for name in ("username", "realm", "nonce", "uri", "response", "cnonce")
    },
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_malformed_field_is_refused(fault: str) -> None:
    assert digest._parse_known(REFUSED[fault]) is None
    with pytest.raises(MalformedDigest):
        digest.parse(REFUSED[fault])


def test_eight_kib_and_32_parameters_are_not_too_much() -> None:
    long = field(opaque='""')
    assert digest.parse(field(opaque=f'"{"x" * (8192 - len(long))}"')) == RIGHT
    assert digest.parse(field(**{f"x{n}": "y" for n in range(23)})) == RIGHT


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


@pytest.mark.parametrize("secret", [MD5_HEX, "Y25vbmNl"])
def test_nothing_of_the_proof_is_shown(secret: str) -> None:
    assert secret not in repr(RIGHT)


said = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
credentials = st.builds(
    Credentials,
    username=said,
    realm=said,
    nonce=said,
    uri=said,
    response=st.just(MD5_HEX),
    nc=st.text("0123456789abcdefABCDEF", min_size=1, max_size=8).filter(lambda nc: int(nc, 16)),
    cnonce=said.filter(bool),
    algorithm=st.just("MD5"),
) | st.builds(
    Credentials,
    username=said,
    realm=said,
    nonce=said,
    uri=said,
    response=st.just(SHA_256_HEX),
    nc=st.integers(1, 2**32 - 1).map("{:08x}".format),
    cnonce=said.filter(bool),
    algorithm=st.just("SHA-256"),
)


@given(credentials)
def test_what_is_written_is_read_back(written: Credentials) -> None:
    assert digest.parse(digest.format(written).encode()) == written


pieces = st.sampled_from(
    [
        b'"',
        b"\\",
        b",",
        b", ",
        b"=",
        b" ",
        b"\t",
        b"\x00",
        b"\xff",
        b"nc=",
        b"qop=auth",
        b"Digest ",
        b"0",
        b'""',
    ]
)


@st.composite
def nearly_right(draw: st.DrawFn) -> bytes:
    """Take the field of a client and cut, double or replace some of it."""
    text = bytearray(draw(st.sampled_from(sorted(CLIENTS.values()))))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        text[start:end] = draw(pieces | st.binary(max_size=3) | st.just(bytes(text[start:end]) * 2))
    return bytes(text)


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


def test_the_short_way_knows_its_own_samples() -> None:
    assert len(layouts._LAYOUTS) == len(layouts._SAMPLES)
