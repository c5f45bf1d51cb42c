"""What a door takes from a request: target, one Authorization, the peer's address."""

import re
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, TypeAlias

from keyreeve.judge.call import Call
from keyreeve.protocol import address
from keyreeve.protocol.address import Address

Scope: TypeAlias = MutableMapping[str, Any]

ADDRESSES_REMEMBERED = 4096

_LOOPBACK = tuple(map(address.parse_network, ("127.0.0.0/8", "::1")))
# RFC 9110, section 7.2: uri-host and port of RFC 3986, nothing of a path or a query.
_HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%-]*(?:\[[0-9A-Fa-f:.]+\])?(?::[0-9]*)?")


class Malformed(Exception):
    """The request is refused before anybody is asked; holds the code of the answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(scope: Scope, *, https: bool) -> Call:
    """Return what the judge must know of a request.

    Raises:
        Malformed: two Authorization fields, or not exactly one sound Host.
    """
    peer = scope.get("client")
    caller, loopback = _peer(peer[0]) if peer else (None, False)
    authorization = _authorization(scope)
    return Call(scope["method"], target_of(scope), authorization, caller, https or loopback)


def target_of(scope: Scope) -> str:
    """Return the request target as the client sent it, and signed it."""
    raw: bytes | None = scope.get("keyreeve.target")
    if raw is None:
        path: bytes = scope["raw_path"]
        query: bytes = scope["query_string"]
        raw = path + b"?" + query if query else path
    return raw.decode("latin-1")


def is_early(scope: Scope) -> bool:
    """Tell whether a proxy passed this on before the TLS handshake was done (RFC 8470)."""
    return (b"early-data", b"1") in scope["headers"]


def _authorization(scope: Scope) -> bytes | None:
    hosts = 0
    authorization: bytes | None = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            if authorization is not None:
                raise Malformed("AUTHORIZATION_REPEATED")
            authorization = value
        elif name == b"host":
            hosts += 1
            if not _HOST.fullmatch(value):
                raise Malformed("HOST_INVALID")
    if hosts != 1 and (hosts or scope["http_version"] == "1.1"):
        raise Malformed("HOST_INVALID")
    return authorization


@lru_cache(maxsize=ADDRESSES_REMEMBERED)
def _peer(host: str) -> tuple[Address | None, bool]:
    """Return the address of the peer, if it is one, and whether it is this host itself."""
    try:
        parsed = address.parse_address(host)
    except address.MalformedAddress:
        return None, False
    return parsed, any(parsed in network for network in _LOOPBACK)
