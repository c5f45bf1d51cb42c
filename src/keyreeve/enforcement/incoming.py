"""What a door takes from a request: target, one Authorization, the caller's address."""

import re
from collections.abc import MutableMapping
from typing import Any, TypeAlias

from keyreeve.enforcement import callers
from keyreeve.enforcement.callers import FORWARDING, Callers
from keyreeve.judge.call import Call

Scope: TypeAlias = MutableMapping[str, Any]

DIRECT = Callers()
"""Nobody speaks for anybody else."""

# RFC 9110, section 7.2: uri-host and port of RFC 3986, nothing of a path or a query.
_HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%-]*(?:\[[0-9A-Fa-f:.]+\])?(?::[0-9]*)?")


class Malformed(Exception):
    """The request is refused before anybody is asked; holds the code of the answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(scope: Scope, *, https: bool, asking: Callers = DIRECT) -> Call:
    """Return what the judge must know of a request.

    Every hop on the way, and the rule that applied to it, is left in `scope["keyreeve.hops"]`.

    Raises:
        Malformed: two Authorization fields, or not exactly one sound Host.
    """
    peer = _peer(scope)
    authorization, lines = _fields(scope, asking, peer)
    walk = asking.walk(peer, lines)
    scope["keyreeve.hops"] = walk.hops
    private = https or callers.is_loopback(walk.address)
    target = target_of(scope)
    fields = scope["headers"]
    # A handshake of a websocket is a GET (RFC 6455, section 4.1), and ASGI does not say so.
    method = "GET" if scope.get("type") == "websocket" else scope["method"]
    return Call(method, target, authorization, walk.address, private, fields, walk.hops)


def target_of(scope: Scope) -> str:
    """Return the request target as the client sent it, and signed it."""
    raw: bytes | None = scope.get("keyreeve.target")
    if raw is None:
        path: bytes = scope["raw_path"]
        query: bytes = scope["query_string"]
        raw = path + b"?" + query if query else path
    return raw.decode("latin-1")


def is_early(scope: Scope) -> bool:
    """Tell whether a proxy passed this on before the TLS handshake was done.

    Any value says so, and any number of fields (RFC 8470, section 5.1).
    """
    return any(name == b"early-data" for name, _ in scope["headers"])


def _peer(scope: Scope) -> str | None:
    """Return who is connected, or None where whoever looked at that says it cannot be known."""
    if "keyreeve.peer" in scope:
        peer: str | None = scope["keyreeve.peer"]
        return peer
    client = scope.get("client")
    return client[0] if client else None


def _fields(
    scope: Scope, asking: Callers, peer: str | None
) -> tuple[bytes | None, tuple[bytes, ...]]:
    """Return the one Authorization, and the lines of the header that names the caller."""
    hosts = 0
    authorization: bytes | None = None
    lines: tuple[bytes, ...] = ()
    for name, value in scope["headers"]:
        if name == b"authorization":
            if authorization is not None:
                raise Malformed("AUTHORIZATION_REPEATED")
            authorization = value
        elif name == b"host":
            hosts += 1
            if not _HOST.fullmatch(value):
                raise Malformed("HOST_INVALID")
        elif name in FORWARDING:
            if name == asking.header:
                lines = (*lines, value)
            asking.notice(peer)
    if hosts != 1 and (hosts or scope["http_version"] == "1.1"):
        raise Malformed("HOST_INVALID")
    return authorization, lines
