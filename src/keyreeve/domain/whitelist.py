"""A whitelist: the addresses from which one user may call whitelisted operations."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from keyreeve.domain import text as texts
from keyreeve.domain.errors import InvalidComment
from keyreeve.protocol.address import UNRESTRICTED, Address, Network

LIMIT = 200
"""Entries of one user."""
COMMENT_LIMIT = 255

_Range: TypeAlias = tuple[bytes, bytes, str]


@dataclass(frozen=True, slots=True)
class WhitelistEntry:
    """One entry. `count` and the last use move when it lets a whitelisted operation through."""

    id: str
    user_id: str
    network: Network
    created: datetime
    comment: str = ""
    count: int = 0
    last_used: datetime | None = None
    last_used_address: str | None = None


class Whitelist:
    """The networks one user has listed, merged into ranges. An empty list admits nobody."""

    __slots__ = ("_entries", "_firsts", "_lasts", "_ranges")

    def __init__(self, entries: Mapping[Network, str] | None = None) -> None:
        """Compile a whitelist from its networks, each with the id of its entry."""
        self._entries = dict(entries or {})
        self._ranges: dict[int, list[_Range]] = {4: [], 16: []}
        self._firsts: dict[int, list[bytes]] = {4: [], 16: []}
        self._lasts: dict[int, list[bytes]] = {4: [], 16: []}
        for first, last, entry_id in sorted(_ranges(self._entries)):
            self._ranges[len(first)].append((first, last, entry_id))
            self._merge(first, last)

    def __bool__(self) -> bool:
        """Tell whether anything is listed at all."""
        return bool(self._entries)

    def __eq__(self, other: object) -> bool:
        """Tell whether both hold the same entries."""
        return isinstance(other, Whitelist) and self._entries == other._entries

    def __hash__(self) -> int:
        """Hash by the entries."""
        return hash(frozenset(self._entries.items()))

    def __repr__(self) -> str:
        """Show the networks."""
        return f"Whitelist({', '.join(map(str, self._entries))})"

    def admits(self, address: Address | None) -> bool:
        """Tell whether a whitelisted operation may be called from `address`.

        An unknown address is on no list, not even on an unrestricted one.
        """
        if address is None:
            return False
        packed = address.packed
        place = bisect_right(self._firsts[len(packed)], packed)
        return place > 0 and packed <= self._lasts[len(packed)][place - 1]

    def covering(self, address: Address) -> tuple[str, ...]:
        """Return the ids of the entries that admit `address`."""
        packed = address.packed
        ranges = self._ranges[len(packed)]
        return tuple(entry_id for first, last, entry_id in ranges if first <= packed <= last)

    def _merge(self, first: bytes, last: bytes) -> None:
        """Add a range that starts no earlier than those before it."""
        lasts = self._lasts[len(first)]
        if lasts and first <= lasts[-1]:
            lasts[-1] = max(lasts[-1], last)
        else:
            self._firsts[len(first)].append(first)
            lasts.append(last)


def check_comment(text: str) -> str:
    """Return the comment of an entry trimmed; it may be empty.

    Raises:
        InvalidComment: it is too long or holds controls.
    """
    trimmed = text.strip()
    if fault := texts.fault(trimmed, longest=COMMENT_LIMIT, may_be_empty=True):
        raise InvalidComment(fault)
    return trimmed


def _ranges(entries: Mapping[Network, str]) -> Iterator[_Range]:
    """Yield the ranges of the networks; `0.0.0.0/0` restricts IPv6 callers no more than others."""
    for network, entry_id in entries.items():
        yield network.first, network.last, entry_id
        if network == UNRESTRICTED:
            yield bytes(16), b"\xff" * 16, entry_id
