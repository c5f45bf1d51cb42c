"""Authorization fields: right ones as clients write them, wrong ones, and any number of both."""

from hypothesis import strategies as st

from keyreeve.protocol.digest import Credentials

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


def like_requests(**changes: str) -> bytes:
    """Write a field in the order of Python requests."""
    whole = parts(**({"algorithm": '"MD5"', "qop": '"auth"'} | changes))
    order = ("username", "realm", "nonce", "uri", "response", "algorithm", "qop", "nc", "cnonce")
    return ("Digest " + ", ".join(f"{name}={whole[name]}" for name in order)).encode()


def like_browsers(**changes: str) -> bytes:
    """Write a field in the order of Firefox and Chromium."""
    whole = parts(**changes)
    order = ("username", "realm", "nonce", "uri", "algorithm", "response", "qop", "nc", "cnonce")
    return ("Digest " + ", ".join(f"{name}={whole[name]}" for name in order)).encode()


CLIENTS = {
    "curl": field(),
    "browsers": like_browsers(),
    "browsers, SHA-256": like_browsers(algorithm="SHA-256", response=f'"{SHA_256_HEX}"'),
    "curl, SHA-256": field(algorithm="SHA-256", response=f'"{SHA_256_HEX}"'),
    "wget sends no algorithm": field(algorithm=None),
    "requests": like_requests(),
    "qop and algorithm in quotes": field(qop='"auth"', algorithm='"MD5"'),
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
    "an escape that needs none": field(username='"ad\\a@example.org"'),
    "escapes in a user name": field(username='"a\\"\\\\b\\c@example.org"'),
}
READ_AS = {
    "browsers, SHA-256": {"algorithm": "SHA-256", "response": SHA_256_HEX},
    "curl, SHA-256": {"algorithm": "SHA-256", "response": SHA_256_HEX},
    "an older operator sends nc=1": {"nc": "1"},
    "digest-fetch counts in decimal": {"nc": "00000010"},
    "a counter of eight digits": {"nc": "ffffFFFF"},
    "user names in UTF-8": {"username": "zoé@example.org"},
    "user names in Latin-1": {"username": "zoé@example.org"},
    "escapes in a user name": {"username": 'a"\\bc@example.org'},
}


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
    "more than 8 KiB of a common client": field(username=f'"{"x" * 8192}"'),
    "more than 32 parameters": field(**{f"x{n}": "y" for n in range(24)}),
    "an encoded user name": field(**{"username*": "UTF-8''ada"}),
    "a hashed user name": field(userhash="true"),
    "a user name said not to be hashed": field(userhash="false"),
    "no qop, the form of RFC 2069": field(qop=None),
    "the body in the hash": field(qop="auth-int"),
    "several qops": field(qop='"auth,auth-int"'),
    "the body in the hash, by a common client": like_requests(qop='"auth-int"'),
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
