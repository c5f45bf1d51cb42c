"""Thirty ways to pass for another by header fields (address, identity, route, method)."""

import socket
from collections.abc import Callable
from typing import NamedTuple

TIMEOUT_SECONDS = 15.0
LISTED = "127.0.0.77"
"""The one address on the whitelist. Nobody in the tests of spoofs really calls from it."""
STRANGER = "127.0.0.66"
PROXY, FURTHER_PROXY = "127.0.0.2", "127.0.0.3"
TRUSTED = f"{PROXY},{FURTHER_PROXY}"


class Spoof(NamedTuple):
    """What a stranger adds to his request."""

    name: str
    lines: tuple[str, ...]


def _xff(name: str, *values: str) -> Spoof:
    return Spoof(name, tuple(f"X-Forwarded-For: {value}" for value in values))


def _all(name: str, *fields: str, value: str = LISTED) -> Spoof:
    return Spoof(name, tuple(f"{field}: {value}" for field in fields))


SPOOFS = (
    _xff("1 one address", LISTED),
    _xff("2 two addresses, the left one listed", f"{LISTED}, 192.0.2.1"),
    _xff("3 two lines", "192.0.2.1", LISTED),
    _xff("4 empty items", f",{LISTED},,"),
    _xff("5 with a port", f"{LISTED}:443"),
    _xff("6 IPv6 with a port", f"[::ffff:{LISTED}]:443"),
    _xff("7 mapped IPv6", f"::ffff:{LISTED}"),
    _xff("8 a zone", f"::ffff:{LISTED}%lo"),
    _xff("9 octal", "0177.0.0.0115"),
    _xff("10 an integer", "2130706509"),
    _xff("11 unknown", f"unknown, {LISTED}"),
    _xff("12 a hidden name", f"_hidden, {LISTED}"),
    _xff("13 Unicode digits", "127.0.0.\u0667\u0667"),
    _xff("14 a list of 4 KiB", ", ".join([LISTED] * 341)),
    _xff("15 33 hops", ", ".join([LISTED] * 33)),
    _xff("16 trusted proxies only", f"{PROXY}, {FURTHER_PROXY}"),
    _all("17 X-Real-IP", "X-Real-IP"),
    _all(
        "18 headers of other products", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP",
        "X-Cluster-Client-IP", "Fastly-Client-IP", "X-Originating-IP", "X-ProxyUser-Ip",
        "x-envoy-external-address",
    ),
    _all("19 Forwarded", "Forwarded", value=f"for={LISTED}"),
    _all("20 Forwarded, quoted IPv6", "Forwarded", value=f'for="[::ffff:{LISTED}]:443"'),
    Spoof("21 Forwarded against X-Forwarded-For", (
        f"Forwarded: for={LISTED}", "X-Forwarded-For: 192.0.2.1", f"X-Real-IP: {LISTED}",
    )),
    Spoof("22 a PROXY line in clear", (f"PROXY TCP4 {LISTED} 127.0.0.1 56324 443",)),
    Spoof("23 PROXY v2 LOCAL", ("\r\n\x00\r\nQUIT\n \x00\x00\x00",)),
    Spoof("24 Connection nominates it", (
        "Connection: X-Forwarded-For, X-Real-IP, Forwarded", f"X-Forwarded-For: {LISTED}",
    )),
    Spoof("25 aliases", (
        f"X_Forwarded_For: {LISTED}", f"X.Forwarded.For: {LISTED}", f"X_Real_IP: {LISTED}",
        f"X-Forwarded-For : {LISTED}",
    )),
    _all(
        "26 identity", "X-User-Id", "Remote-User", "X-Remote-User", "X-Auth-Request-User",
        "X-WEBAUTH-USER", "X-Forwarded-User", "X-Forwarded-Groups", "Keyreeve-User",
        "Keyreeve-Roles", "Keyreeve-Group", value="root",
    ),
    _all(
        "27 identity by aliases, twice", "X_User_Id", "X.User.Id", "Keyreeve_User", "Keyreeve.User",
        "Keyreeve-User", "Keyreeve-User", value="root",
    ),
    _all(
        "28 another route", "X-Original-URI", "X-Original-Method", "X-Forwarded-Uri",
        "X-Forwarded-Method", "X-Forwarded-Prefix", "X-Forwarded-Host", "X-Forwarded-Port",
        "X-Forwarded-Proto", "X-Rewrite-URL", "X-Original-URL", value="/livez",
    ),
    _all(
        "29 another method", "X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method",
        "_method", value="GET",
    ),
    Spoof("30 health checks, tokens, two Authorizations", (
        "User-Agent: kube-probe/1.30", "X-Health: 1", "X-Internal-Token: 1",
        "Authorization: Basic cm9vdDpyb290",
    )),
)  # fmt: skip

_ROUTES = (
    "X-Original-URI", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Path",
    "X-Envoy-Original-Path", "X_Original_URI", "X.Original.URL",
)  # fmt: skip
_METHODS = (
    "X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method", "_method", "X-Original-Method",
    "X-Forwarded-Method", "X_Forwarded_Method",
)  # fmt: skip


class Override(NamedTuple):
    """A call that a visitor may not make, and what would make another one of it."""

    method: str
    path: str
    lines: tuple[str, ...] = ()


OVERRIDES = (
    Override("GET", "/admin", tuple(f"{field}: /pub" for field in _ROUTES)),
    Override("POST", "/pub", tuple(f"{field}: GET" for field in _METHODS)),
    Override("POST", "/pub?_method=GET"),
)

Proxies = Callable[[list[str]], list[str]]
"""What proxies make of the fields that they are sent."""


def direct(lines: list[str]) -> list[str]:
    """Leave everything as the stranger sent it."""
    return lines


def proxied(header: str, *hops: str) -> Proxies:
    """Return proxies that add whom they heard from, each on the right."""

    def passed(lines: list[str]) -> list[str]:
        name = header.lower() + ":"
        theirs = [line.split(":", 1)[1] for line in lines if line.lower().startswith(name)]
        others = [line for line in lines if not line.lower().startswith(name)]
        if header == "X-Real-IP":
            return [*others, f"X-Real-IP: {hops[0]}"]
        added = [f"for={hop}" if header == "Forwarded" else hop for hop in hops]
        return [*others, f"{header}: " + ", ".join([*map(str.strip, theirs), *added])]

    return passed


HEADERS = {
    "peer": "X-Forwarded-For",
    "x-forwarded-for": "X-Forwarded-For",
    "forwarded": "Forwarded",
    "x-real-ip": "X-Real-IP",
}
"""What a door of ours reads, and what the proxies in front of it send."""
TOPOLOGIES = ("direct", "one proxy", "two proxies")


def chain(topology: str, source: str, caller: str) -> tuple[str, Proxies]:
    """Return who connects to us, and what was done to the request on the way."""
    header = HEADERS[source]
    if topology == "this host":
        return "127.0.0.1", direct
    if topology == "direct":
        return caller, direct
    hops = (caller,) if topology == "one proxy" else (caller, FURTHER_PROXY)
    return PROXY, proxied(header, *hops)


def exchange(port: int, data: bytes, peer: str) -> bytes:
    """Send a request from one of the addresses of this host; return what comes back."""
    own = (peer, 0)
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS, own) as connection:
        connection.sendall(data)
        received = bytearray()
        while chunk := connection.recv(65536):
            received += chunk
    return bytes(received)
