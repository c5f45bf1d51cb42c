"""Requests from a server that is not ours: refused where ASGI shows that readers may disagree."""

import logging
import re
from functools import cache

from keyreeve.enforcement.incoming import Malformed, Scope
from keyreeve.protocol import target
from keyreeve.protocol.target import NotCanonical

_NO_DIGIT = re.compile(rb"[^0-9]+")
_log = logging.getLogger("keyreeve.guard")


class PathRewritten(Exception):
    """What the application reads as its path is not what the client asked for."""


def check(scope: Scope, *, raw_paths: bool = False) -> None:
    """Look at what a server of ours would have looked at before.

    `raw_paths`: the application finds its routes by `raw_path`, so `%2F` is no danger to it. An
    address that was taken from a header is forgotten: `scope["keyreeve.peer"]` is then None.

    Raises:
        Malformed: the server does not tell the path as it was sent, or it is in another form.
        NotCanonical: `%2F` stands in the path, or escapes that nobody can read.
        PathRewritten: somebody before us changed the path.
    """
    raw: bytes | None = scope.get("raw_path")
    if not raw or raw[:1] != b"/" or raw[1:2] == b"/" or b"?" in raw:
        raise Malformed("TARGET_FORM_UNSUPPORTED")
    text = raw.decode("latin-1")
    if not raw_paths and ("%2F" in text or "%2f" in text):
        raise NotCanonical("%2F would be read as a slash")
    _check_path(scope, text)
    scope["keyreeve.peer"] = _peer(scope)
    if "keyreeve.target" in scope:
        # Of our own protocol: it knows a query that is empty, but not what stands before a mount.
        _, mark, query = scope["keyreeve.target"].partition(b"?")
        scope["keyreeve.target"] = raw + mark + query


def _check_path(scope: Scope, text: str) -> None:
    """Hold the path that frameworks route on against the one that is judged."""
    try:
        asked = target.unescape(text)
    except ValueError:
        raise NotCanonical("the escapes cannot be read") from None
    path = scope["path"]
    # Some that mount an application leave to it only what comes after the mount.
    if path != asked and scope.get("root_path", "") + path != asked:
        target.parse(text)  # what is not canonical is read in many ways, and that is all
        raise PathRewritten(f"{path!r} is not what was asked for, which is {asked!r}")


def _peer(scope: Scope) -> str | None:
    """Return who is connected, unless somebody before us has put a name there from a header.

    uvicorn does so unless it is told not to, and believes everybody on this host; Daphne if it is
    told to. A connection has a port; what stands in a header has none, or has it in a header.
    """
    client = scope.get("client")
    if not client:
        return None
    host, port = client
    if port and not _is_forwarded(scope, host, port):
        return str(host)
    _warn_of_header()
    return None


@cache
def _warn_of_header() -> None:
    """Say once how the server is to be started: it is so with every request."""
    _log.warning(
        "the caller's address comes from a header: start uvicorn with --no-proxy-headers, "
        "and Daphne without --proxy-headers"
    )


def _is_forwarded(scope: Scope, host: str, port: int) -> bool:
    """Tell whether a host stands in X-Forwarded-For with a port, there or in a field of its own.

    Wherever it does: how servers cut the list, and which signs they take for spaces, is theirs.
    """
    with_port = named = False
    for name, value in scope["headers"]:
        if name == b"x-forwarded-for":
            text = value.decode("latin-1")
            if f"{host}:" in text or f"[{host}]:" in text:
                return True
            named = named or host in text
        elif name == b"x-forwarded-port":
            with_port = with_port or _may_be_read_as(value, port)
    return named and with_port


def _may_be_read_as(value: bytes, port: int) -> bool:
    """Tell whether somebody reads this port there: int() takes signs between, and other digits."""
    return not value.isascii() or str(port).encode() in _NO_DIGIT.sub(b"", value)
