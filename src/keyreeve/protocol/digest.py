"""HTTP Digest (RFC 7616) as real clients speak it: `qop=auth` with MD5 or SHA-256."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from keyreeve.protocol import layouts, parameters

try:
    # Python's own: OpenSSL's costs twice as much for the little that is hashed here.
    from _md5 import md5
except ImportError:
    from hashlib import md5

ALGORITHMS: Final = ("MD5", "SHA-256")
HASHES: Final = {"MD5": md5, "SHA-256": sha256}

_LONGEST: Final = 8192
_SCHEME = re.compile(r"[Dd][Ii][Gg][Ee][Ss][Tt] ++")
_NC = re.compile(r"[0-9A-Fa-f]{1,8}")
_LOWER_HEX = re.compile(r"[0-9a-f]++")
_HASH_DIGITS = {"MD5": 32, "SHA-256": 64}
_SPELLINGS = {"MD5": "MD5", "md5": "MD5", "SHA-256": "SHA-256", "sha-256": "SHA-256"}
_QUOTED: Final = ("username", "realm", "nonce", "uri", "response", "cnonce")
_UNSUPPORTED: Final = ("username*", "userhash")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class MalformedDigest(ValueError):
    """The Authorization field holds no credentials that could be right."""


# Not frozen: that would cost every request half a microsecond.
@dataclass(slots=True, unsafe_hash=True)
class Credentials:
    """What a client says to prove that it knows a key. `qop` is always `auth`."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str = field(repr=False)
    nc: str
    """As sent, since that is what was hashed; `count` is the number."""
    cnonce: str = field(repr=False)
    algorithm: str

    @property
    def count(self) -> int:
        """How many requests the client says it made with this nonce; never zero."""
        return int(self.nc, 16)


def parse(header: bytes) -> Credentials:
    """Read an Authorization field (RFC 7616, section 3.4).

    Raises:
        MalformedDigest: it breaks the grammar, or lacks, doubles or misuses a parameter.
    """
    return _parse_known(header) or _parse_any(header)


def format(credentials: Credentials) -> str:
    """Write the Authorization field for these credentials."""
    c = credentials
    quoted = {"username": c.username, "realm": c.realm, "nonce": c.nonce, "uri": c.uri}
    quoted |= {"cnonce": c.cnonce, "response": c.response}
    pairs = [f"{name}={parameters.quote(value)}" for name, value in quoted.items()]
    return f"Digest {', '.join(pairs)}, nc={c.nc}, qop=auth, algorithm={c.algorithm}"


def ha1(algorithm: str, username: str, realm: str, secret: str) -> str:
    """Compute H(A1): all that a server must know of a key (RFC 7616, section 3.4.2)."""
    return _hash(algorithm, f"{username}:{realm}:{secret}")


def ha2(algorithm: str, method: str, uri: str) -> str:
    """Compute H(A2): the request that is proven (RFC 7616, section 3.4.3)."""
    return _hash(algorithm, f"{method}:{uri}")


def respond(credentials: Credentials, *, ha1: str, ha2: str) -> str:
    """Compute the `response` that would be right (RFC 7616, section 3.4.1)."""
    c = credentials
    return _hash(c.algorithm, f"{ha1}:{c.nonce}:{c.nc}:{c.cnonce}:auth:{ha2}")


def challenge(*, realm: str, nonce: str, algorithm: str, stale: bool) -> str:
    """Write a WWW-Authenticate value (RFC 7616, section 3.3).

    Order, case and spaces are those that every known client can read: some split at exactly
    `", "`, and some fail on parameters they do not know.

    Raises:
        ValueError: a control in the realm would break the field.
    """
    if _CONTROL.search(realm):
        raise ValueError("a realm holds no control")
    return (
        f'Digest realm={parameters.quote(realm)}, domain="", nonce="{nonce}", '
        f'algorithm={algorithm}, qop="auth", stale={"true" if stale else "false"}'
    )


def _parse_known(header: bytes) -> Credentials | None:
    """Read the field of a known client; None leaves the verdict to the tokenizer."""
    if len(header) > _LONGEST or (values := layouts.read(header)) is None:
        return None
    credentials = Credentials(*values)
    if len(credentials.response) != _HASH_DIGITS[credentials.algorithm]:
        return None
    return credentials


def _parse_any(header: bytes) -> Credentials:
    """Read the field with the tokenizer."""
    if len(header) > _LONGEST:
        raise MalformedDigest("the field is too long")
    text = _text(header)
    scheme = _SCHEME.match(text)
    if scheme is None:
        raise MalformedDigest("the scheme is not Digest")
    try:
        tokens, quoted = parameters.read(text[scheme.end() :])
    except parameters.MalformedParameters as fault:
        raise MalformedDigest(str(fault)) from None
    if any(name in tokens or name in quoted for name in _UNSUPPORTED):
        raise MalformedDigest("hashed and encoded user names were not offered")
    return _credentials(quoted, quoted | tokens)


def _text(header: bytes) -> str:
    """Decode the field as clients encode user names: in UTF-8, else in Latin-1."""
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1")


def _credentials(quoted: Mapping[str, str], either: Mapping[str, str]) -> Credentials:
    """Check each parameter; clients write three of them with or without quotes."""
    missing = next((name for name in _QUOTED if name not in quoted), None)
    if missing is not None:
        raise MalformedDigest(f"{missing} is missing")
    algorithm = _SPELLINGS.get(either.get("algorithm", "MD5"))
    if algorithm is None:
        raise MalformedDigest("the algorithm is unknown")
    if either.get("qop") != "auth":
        raise MalformedDigest("qop is not auth")
    nc = either.get("nc", "")
    if not _NC.fullmatch(nc) or int(nc, 16) == 0:
        raise MalformedDigest("nc is no count")
    response = quoted["response"]
    if not _LOWER_HEX.fullmatch(response) or len(response) != _HASH_DIGITS[algorithm]:
        raise MalformedDigest("response is no hash")
    if not quoted["cnonce"]:
        raise MalformedDigest("cnonce is empty")
    return Credentials(
        username=quoted["username"],
        realm=quoted["realm"],
        nonce=quoted["nonce"],
        uri=quoted["uri"],
        response=response,
        nc=nc,
        cnonce=quoted["cnonce"],
        algorithm=algorithm,
    )


def _hash(algorithm: str, text: str) -> str:
    """Hash with the algorithm of the challenge, as lower-case hex digits."""
    digits: str = HASHES[algorithm](text.encode()).hexdigest()
    return digits
