"""Forwarding headers: who called, as far as hosts that are trusted vouch for it.

Each proxy adds on the right whom it heard from. So a list is walked from there, past the proxies
that are trusted; the first address that is none of theirs is the caller's. What stands further
left was written by the caller and means nothing.
"""

import re
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from keyreeve.protocol import address
from keyreeve.protocol.address import Address, Network

MOST = 32
"""Hops of one list."""
LONGEST = 4096
"""Characters of one list."""
LOCAL = "local socket"
UNKNOWN = "unknown"
"""What a peer is called that has no address."""


class Source(Enum):
    """Where the address of a caller is read from, by the name of the header field."""

    PEER = "peer"
    X_FORWARDED_FOR = "x-forwarded-for"
    FORWARDED = "forwarded"
    X_REAL_IP = "x-real-ip"
    X_ENVOY_EXTERNAL_ADDRESS = "x-envoy-external-address"


class Rule(Enum):
    """What became of one hop, and why."""

    PEER = "it called us, and nobody else is asked"
    UNTRUSTED_PEER = "it called us and is no trusted proxy, so what it says of others is ignored"
    TRUSTED = "a trusted proxy; the hop before it is looked at"
    CALLER = "the first that is no trusted proxy: the caller"
    FURTHEST = "all hops are trusted proxies; the furthest is the caller"
    SOLE = "the caller, by the one value of a trusted proxy"
    IGNORED = "further than the caller, so nobody trusted vouches for it"
    SILENT = "a trusted proxy that names nobody; the caller is unknown"
    JUNK = "not an address as the grammar has it; the caller is unknown"
    TOO_MANY = "the list is too long; the caller is unknown"


class Hop(NamedTuple):
    """One host on the way, as it was named, and the rule that applied."""

    name: str
    rule: Rule


class Walk(NamedTuple):
    """The address of the caller, and every hop from the nearest to the furthest."""

    address: Address | None
    """None: unknown, and so on no whitelist."""
    hops: tuple[Hop, ...]


# An IPv6 address with a port stands in brackets (RFC 3986, section 3.2.2).
_PORT = r"(?::([0-9]{1,5}))?"
_HOST = re.compile(rf"([0-9.]+){_PORT}|\[([0-9A-Fa-f:.]+)\]{_PORT}|([0-9A-Fa-f:.]+)")
_HIGHEST_PORT = 65535

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f-\xff]|\\[\x20-\x7e])*"'
_PAIR = re.compile(rf"({_WORD})=({_WORD}|{_QUOTED})[ \t]*([;,]|\Z)[ \t]*")


def walk(
    source: Source,
    peer: Address | None,
    lines: Sequence[str],
    *,
    trusted: Sequence[Network],
    local: bool = False,
) -> Walk:
    """Find the caller, given the peer and the lines of the one header that is believed.

    `local`: the peer came through a socket file that only trusted proxies may open, and so has
    no address.
    """
    name = LOCAL if local else UNKNOWN if peer is None else str(peer)
    if source is Source.PEER:
        return Walk(peer, (Hop(name, Rule.PEER),))
    if not local and not _is_in(trusted, peer):
        return Walk(peer, (Hop(name, Rule.UNTRUSTED_PEER),))
    if not lines:
        return Walk(None, (Hop(name, Rule.SILENT),))
    if source in {Source.X_FORWARDED_FOR, Source.FORWARDED}:
        found = _through_list(source, ", ".join(lines), trusted)
    else:
        found = _sole(lines)
    return Walk(found.address, (Hop(name, Rule.TRUSTED), *found.hops))


def named(hop: Hop) -> Address | None:
    """Return the address that a hop is named by, with or without a port, in any of the headers."""
    return _host(hop.name.strip('"'))


def _is_in(networks: Sequence[Network], found: Address | None) -> bool:
    return found is not None and any(found in network for network in networks)


def _sole(lines: Sequence[str]) -> Walk:
    """Read a header that holds one address, without a port."""
    if len(lines) > 1:
        return Walk(None, tuple(Hop(line, Rule.TOO_MANY) for line in lines[:MOST]))
    try:
        found = address.parse_address(lines[0])
    except address.MalformedAddress:
        return Walk(None, (Hop(lines[0], Rule.JUNK),))
    return Walk(found, (Hop(lines[0], Rule.SOLE),))


def _through_list(source: Source, text: str, trusted: Sequence[Network]) -> Walk:
    """Walk a list from the right."""
    if len(text) > LONGEST:
        return Walk(None, (Hop(text[-MOST:], Rule.TOO_MANY),))
    items = _nodes(text) if source is Source.FORWARDED else _items(text)
    if items is None:
        return Walk(None, (Hop(text, Rule.JUNK),))
    if len(items) > MOST:
        return Walk(None, (Hop(items[-1], Rule.TOO_MANY),))
    hops: list[Hop] = []
    for place, item in reversed(list(enumerate(items))):
        found = _node(item) if source is Source.FORWARDED else _host(item)
        if found is None:
            rule = Rule.JUNK
        elif not _is_in(trusted, found):
            rule = Rule.CALLER
        else:
            rule = Rule.TRUSTED if place else Rule.FURTHEST
        hops.append(Hop(item, rule))
        if rule is not Rule.TRUSTED:
            hops += [Hop(further, Rule.IGNORED) for further in items[:place][::-1]]
            return Walk(found, tuple(hops))
    raise AssertionError("a list has at least one item")


def _items(text: str) -> list[str]:
    """Cut X-Forwarded-For at its commas; an empty item is one like any other."""
    return [item.strip(" \t") for item in text.split(",")]


def _nodes(text: str) -> list[str] | None:
    """Read who is named by each element of Forwarded (RFC 7239, section 4).

    All of it must follow the grammar: an open quote could swallow what a proxy added. An element
    that names nobody is an empty item.
    """
    nodes: list[str] = []
    names: dict[str, str] = {}
    place = 0
    while match := _PAIR.match(text, place):
        name, value, end = match.groups()
        place = match.end()
        if name.lower() in names:
            return None
        names[name.lower()] = value
        if end != ";":
            nodes.append(names.get("for", ""))
            names = {}
        if not end:
            return nodes
    return None


def _node(text: str) -> Address | None:
    """Read a node (RFC 7239, section 6): IPv6 stands in brackets, and they and ports in quotes.

    `unknown` and names that hide an address are no addresses.
    """
    return _host(text[1:-1] if text.startswith('"') else text, bare_v6=False)


def _host(text: str, *, bare_v6: bool = True) -> Address | None:
    """Read an address with or without a port."""
    match = _HOST.fullmatch(text)
    if match is None:
        return None
    v4, port, bracketed, other_port, v6 = match.groups()
    if int(port or other_port or 1) not in range(1, _HIGHEST_PORT + 1):
        return None
    if (v6 and not bare_v6) or (bracketed and ":" not in bracketed):
        return None
    try:
        return address.parse_address(v4 or bracketed or v6)
    except address.MalformedAddress:
        return None
