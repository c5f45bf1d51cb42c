"""Calls as command lines and files describe them, and how the address of a caller is found."""

from collections.abc import Iterable
from typing import NamedTuple

from keyreeve.app import environment, proxies
from keyreeve.domain import explanation
from keyreeve.domain.errors import InvalidAddress, Refusal
from keyreeve.domain.explanation import Described, Indescribable
from keyreeve.enforcement.callers import LOOPBACK, Callers
from keyreeve.enforcement.gate_presets import PRESETS
from keyreeve.protocol.forwarded import Source, Walk

SOCKET = "unix"
"""The peer that came through a socket file."""


class TargetNotCanonical(Refusal):
    """A path can be read in more than one way; a door answers 400 before it asks anybody."""

    code = "TARGET_NOT_CANONICAL"
    sentence = "{0} is not the one canonical spelling of a path: {1}."


class InvalidMethod(Refusal):
    """This is no method."""

    code = "INVALID_METHOD"
    sentence = "{0} is no method: {1}."


class InvalidHeader(Refusal):
    """This is no header field."""

    code = "INVALID_HEADER"
    sentence = "{0} is no header field: {1}."


class InvalidPeer(Refusal):
    """It is not clear where the call comes from."""

    code = "INVALID_PEER"
    sentence = "It is not clear where the call comes from: {0}."


class Origin(NamedTuple):
    """Where the address of a call was read from, and every hop on the way."""

    walk: Walk
    source: str
    trusted: tuple[str, ...]


_REFUSALS: dict[str, type[Refusal]] = {
    "method": InvalidMethod,
    "path": TargetNotCanonical,
    "address": InvalidAddress,
    "header": InvalidHeader,
}


def refusal(indescribable: Indescribable) -> Refusal:
    """Return what to raise for a call that no door would read."""
    return _REFUSALS[indescribable.part](indescribable.value, indescribable.reason)


def describe(method: str, path: str, address: str | None, headers: Iterable[str]) -> Described:
    """Read a call.

    Raises:
        Refusal: no door would read it so.
    """
    try:
        return explanation.describe(method, path, address, headers)
    except Indescribable as unread:
        raise refusal(unread) from None


def origin(peer: str, forwarded: Iterable[str], preset: str | None) -> Origin:
    """Find the caller behind a peer, by the settings in force; for a gate, by its preset.

    Raises:
        Refusal: this is no peer, or no header field.
        SettingsError: a setting is invalid.
    """
    settings = environment.settings()
    source, trusted = Source(settings.client_address_header), proxies.networks(settings)
    if preset is not None:
        source, trusted = PRESETS[preset].source, trusted or LOOPBACK
    local = peer == SOCKET
    if local and preset is None:
        raise InvalidPeer("only a gate (--preset) has callers that come through a socket file")
    fields = describe("GET", "/", None if local else peer, forwarded).fields
    asking = Callers(source, trusted, local=local)
    lines = tuple(value for name, value in fields if name.lower() == asking.header)
    walk = asking.walk(None if local else peer, lines)
    return Origin(walk, source.value, tuple(map(str, trusted)))
