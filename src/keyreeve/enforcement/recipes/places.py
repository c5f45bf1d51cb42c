"""Places: what a recipe is written for. Where the proxy listens, the gate, and the API behind."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from keyreeve.protocol import address
from keyreeve.protocol.address import MalformedAddress, Network

UNIX = "unix:"

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9\-._]*[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:\[([0-9A-Fa-f:.]+)\]|({_NAME})):([0-9]{{1,5}})")
_URL = re.compile(r"(https?)://(\[[^\[\]]*\]|[^:/\[\]]+)(?::([0-9]{1,5}))?/?")
_PATH = re.compile(r"/[A-Za-z0-9/._\-+@]+")
_FIELD = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+){0,3}")
_TAKEN = ("keyreeve-", "x-forwarded-", "x-original-", "x-real-", "authorization", "connection")
_HIGHEST_PORT = 65535
_DEFAULT_PORTS = {"http": 80, "https": 443}


class MalformedPlace(ValueError):
    """A place cannot be read; says which, and why."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"{text}: {reason}")
        self.text = text
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Host:
    """A host, by name or address, and a port."""

    name: str
    port: int

    @property
    def authority(self) -> str:
        """The host as URLs have it: IPv6 in brackets."""
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"

    @property
    def is_address(self) -> bool:
        """Whether nobody need look it up."""
        return _is_address(self.name)


@dataclass(frozen=True, slots=True)
class Upstream:
    """The API behind the proxy."""

    host: Host
    secure: bool

    @property
    def url(self) -> str:
        """Its URL, which never has a path."""
        return f"{'https' if self.secure else 'http'}://{self.host.authority}"


@dataclass(frozen=True, slots=True)
class Places:
    """Everything that a recipe depends on."""

    upstream: Upstream
    gate: Host | str
    """A path stands for a socket file."""
    listen: Host
    trusted: tuple[str, ...] = ()
    """Networks of the proxies in front of this one."""
    websockets: bool = False
    group_headers: tuple[str, ...] = ()
    """Fields in which callers name a group, so that the gate must see them."""


def read(  # noqa: PLR0913 - one argument for each option
    upstream: str,
    gate: str,
    listen: str,
    *,
    trusted: Sequence[str] = (),
    websockets: bool = False,
    group_headers: Sequence[str] = (),
) -> Places:
    """Read places as people write them.

    Raises:
        MalformedPlace: one of them is none.
    """
    return Places(
        _upstream(upstream),
        _gate(gate),
        _listen(listen),
        tuple(_network(text).cidr for text in trusted),
        websockets,
        tuple(map(_field, group_headers)),
    )


def _upstream(text: str) -> Upstream:
    """Read the URL of the API. A path in it would have to be put before what was judged."""
    match = _URL.fullmatch(text)
    if match is None:
        raise MalformedPlace(text, "http://HOST:PORT or https://HOST:PORT is needed, and no path")
    scheme, host, port = match.groups()
    return Upstream(_host(f"{host}:{port or _DEFAULT_PORTS[scheme]}"), scheme == "https")


def _gate(text: str) -> Host | str:
    """Read where the gate listens, as `keyreeve gate --listen` has it."""
    if not text.startswith(UNIX):
        return _host(text)
    path = text.removeprefix(UNIX)
    if not _PATH.fullmatch(path):
        raise MalformedPlace(text, "unix: and an absolute path of plain characters is needed")
    return path


def _host(text: str) -> Host:
    match = _HOST.fullmatch(text)
    if match is None or not 0 < int(match[3]) <= _HIGHEST_PORT:
        raise MalformedPlace(text, "HOST:PORT is needed")
    if match[1] and not _is_address(match[1]):
        raise MalformedPlace(text, "what stands in brackets is no address")
    return Host(match[1] or match[2], int(match[3]))


def _listen(text: str) -> Host:
    """Read where the proxy listens: an address, since not every proxy looks up names there."""
    found = _host(text)
    if not found.is_address:
        raise MalformedPlace(text, "ADDRESS:PORT is needed")
    return found


def _is_address(text: str) -> bool:
    try:
        address.parse_address(text)
    except MalformedAddress:
        return False
    return True


def _network(text: str) -> Network:
    try:
        return address.parse_network(text)
    except MalformedAddress as malformed:
        raise MalformedPlace(text, str(malformed)) from None


def _field(text: str) -> str:
    """Read a field that tells nothing but a group; others the recipe sees to by itself."""
    if not _FIELD.fullmatch(text) or text.lower().startswith(_TAKEN):
        raise MalformedPlace(text, "a header field of letters, digits and single hyphens is needed")
    return text
