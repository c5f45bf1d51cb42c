"""IP addresses and networks, in the one spelling that every reader understands alike."""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_V4_BYTES: Final = 4
_V6_BYTES: Final = 16
_MAPPED: Final = bytes(10) + b"\xff\xff"
_COMPATIBLE: Final = bytes(12)
_LOOPBACK: Final = bytes(15) + b"\x01"
_SITE_BYTES: Final = 8
_OCTET_HIGHEST: Final = 255
_LONGEST: Final = 64
_REMEMBERED: Final = 4096

_OCTET = r"(0|[1-9][0-9]{0,2})"
_V4 = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}")
_V6 = re.compile(r"[0-9A-Fa-f:]*:(?:[0-9A-Fa-f]*|(?P<tail>[0-9.]+))")
_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")

_NOT_AN_ADDRESS = "it is no IP address"
_FAULTS = (
    (re.compile(r"[^\x00-\x7f]"), "only ASCII characters may stand in it"),
    (re.compile(r"\s"), "no space may stand in it"),
    (re.compile("%"), "no zone may stand in it"),
    (re.compile(r"^[0-9]+$"), "a mere number is not taken for an address"),
    (re.compile(r"(?:^|:)0[0-9]+\.|\.0[0-9]"), "its numbers have no leading zeros"),
)


class MalformedAddress(ValueError):
    """Not an address or network in the accepted spelling; says why, and what may be meant."""

    def __init__(self, reason: str, suggestion: str | None = None) -> None:
        super().__init__(reason if suggestion is None else f"{reason}; {suggestion} may be meant")
        self.reason = reason
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Address:
    """One address: 4 or 16 bytes. An IPv4-mapped IPv6 address is its IPv4 address.

    Being one value for one machine, it cannot pass a list under a second spelling (RFC 4291,
    section 2.5.5.2).
    """

    packed: bytes

    def __post_init__(self) -> None:
        """Fold the address, and accept no other length."""
        if len(self.packed) == _V6_BYTES and self.packed.startswith(_MAPPED):
            object.__setattr__(self, "packed", self.packed[len(_MAPPED) :])
        if len(self.packed) not in {_V4_BYTES, _V6_BYTES}:
            raise MalformedAddress("an address has 4 or 16 bytes")

    def __str__(self) -> str:
        """Spell the address canonically (RFC 5952 for IPv6)."""
        return str(ipaddress.ip_address(self.packed))

    @property
    def is_v6(self) -> bool:
        """Whether it is an IPv6 address."""
        return len(self.packed) == _V6_BYTES

    @property
    def site(self) -> "Address":
        """Of an IPv6 address the first of its /64, which one subscriber has to himself."""
        if not self.is_v6:
            return self
        return Address(self.packed[:_SITE_BYTES] + bytes(_V6_BYTES - _SITE_BYTES))


@dataclass(frozen=True, slots=True)
class Network:
    """All addresses from `first` to `last`, which share `prefix` leading bits."""

    first: bytes
    last: bytes
    prefix: int

    def __contains__(self, address: Address) -> bool:
        """Tell whether the address lies in the network; families never mix."""
        packed = address.packed
        return len(packed) == len(self.first) and self.first <= packed <= self.last

    def __str__(self) -> str:
        """Spell a single address plainly and a range in CIDR notation."""
        return str(Address(self.first)) if self.is_single else self.cidr

    @property
    def cidr(self) -> str:
        """The network in CIDR notation, with its prefix length even for one address."""
        return f"{Address(self.first)}/{self.prefix}"

    @property
    def is_single(self) -> bool:
        """Whether it holds one address only."""
        return self.first == self.last


UNRESTRICTED = Network(bytes(_V4_BYTES), b"\xff" * _V4_BYTES, 0)
"""`0.0.0.0/0`."""


@lru_cache(_REMEMBERED)
def parse_address(text: str) -> Address:
    """Read one address.

    Raises:
        MalformedAddress: it is not spelt in the one accepted way.
    """
    packed = _packed(text)
    _refuse_compatible(packed)
    return Address(packed)


def parse_network(text: str) -> Network:
    """Read an address or a range in CIDR notation.

    Raises:
        MalformedAddress: it is not spelt in the one accepted way, or bits are set behind the
            prefix; then with the range that may be meant.
    """
    spelling, slash, length = text.partition("/")
    packed = _packed(spelling)
    prefix = _prefix(length, len(packed) * 8) if slash else len(packed) * 8
    packed, prefix = _folded(packed, prefix)
    network = _spanning(packed, prefix)
    _refuse_compatible(network.last)
    if network.first != packed:
        raise MalformedAddress("bits are set behind the prefix", network.cidr)
    return network


def _packed(text: str) -> bytes:
    """Read the spelling of one address, before folding."""
    if match := _V4.fullmatch(text):
        octets = tuple(map(int, match.groups()))
        if max(octets) <= _OCTET_HIGHEST:
            return bytes(octets)
    elif len(text) <= _LONGEST and (match := _V6.fullmatch(text)):
        tail = match["tail"]
        if tail is None or _V4.fullmatch(tail):
            return _packed_v6(text)
    raise MalformedAddress(_what_is_wrong(text))


def _packed_v6(text: str) -> bytes:
    """Read IPv6 text (RFC 4291, section 2.2), whose characters were checked before."""
    try:
        return ipaddress.IPv6Address(text).packed
    except ValueError:
        raise MalformedAddress(_NOT_AN_ADDRESS) from None


def _what_is_wrong(text: str) -> str:
    """Find the sentence that helps most."""
    if not text:
        return "it is empty"
    if len(text) > _LONGEST:
        return "it is too long"
    return next((why for pattern, why in _FAULTS if pattern.search(text)), _NOT_AN_ADDRESS)


def _prefix(text: str, bits: int) -> int:
    """Read the digits behind the slash."""
    if not _PREFIX.fullmatch(text):
        raise MalformedAddress("a prefix length is a plain number without leading zeros")
    if int(text) > bits:
        raise MalformedAddress(f"the prefix length is at most {bits}")
    return int(text)


def _folded(packed: bytes, prefix: int) -> tuple[bytes, int]:
    """Turn a range of IPv4-mapped addresses into the range of IPv4 that it stands for."""
    mapped_bits = len(_MAPPED) * 8
    if packed.startswith(_MAPPED) and prefix >= mapped_bits:
        return packed[len(_MAPPED) :], prefix - mapped_bits
    return packed, prefix


def _spanning(packed: bytes, prefix: int) -> Network:
    """Build the network of this prefix length around an address."""
    size = len(packed)
    hosts = (1 << (size * 8 - prefix)) - 1
    first = int.from_bytes(packed) & ~hosts
    return Network(first.to_bytes(size), (first | hosts).to_bytes(size), prefix)


def _refuse_compatible(last: bytes) -> None:
    """Refuse `::a.b.c.d`, deprecated by RFC 4291, section 2.5.5.1; `::` and `::1` are others."""
    if last.startswith(_COMPATIBLE) and last > _LOOPBACK:
        raise MalformedAddress("IPv4-compatible IPv6 addresses are deprecated")
