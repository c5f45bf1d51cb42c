"""A whitelist: the addresses from which one user may call whitelisted operations."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from keyreeve.domain.errors import InvalidComment
from keyreeve.protocol.address import UNRESTRICTED, Address, Network

LIMIT = 200
"""Entries of one user."""
COMMENT_LIMIT = 255

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


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

    __slots__ = ("_entries", "_firsts", "_lasts", "_unrestricted")

    def __init__(self, entries: Mapping[Network, str] | None = None) -> None:
        """Compile a whitelist from its networks, each with the id of its entry."""
        self._entries = dict(entries or {})
        ranges = sorted((network.first, network.last) for network in self._entries)
        self._unrestricted = UNRESTRICTED in self._entries
        self._firsts: dict[int, list[bytes]] = {4: [], 16: []}
        self._lasts: dict[int, list[bytes]] = {4: [], 16: []}
        for first, last in ranges:
            self._merge(first, last)

    def __bool__(self) -> bool:
        """Tell whether anything is listed at all."""
        return bool(self._entries)

    def admits(self, address: Address | None) -> bool:
        """Tell whether a whitelisted operation may be called from `address`.

        An unknown address is on no list, not even on an unrestricted one. `0.0.0.0/0` means what
        it says to its users, no restriction, and so admits IPv6 callers as well.
        """
        if address is None:
            return False
        if self._unrestricted:
            return True
        packed = address.packed
        place = bisect_right(self._firsts[len(packed)], packed)
        return place > 0 and packed <= self._lasts[len(packed)][place - 1]

    def covering(self, address: Address) -> tuple[str, ...]:
        """Return the ids of the entries that admit `address`."""
        return tuple(
            entry_id
            for network, entry_id in self._entries.items()
            if network == UNRESTRICTED or address in network
        )

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
    if len(trimmed) > COMMENT_LIMIT:
        raise InvalidComment(f"at most {COMMENT_LIMIT} characters")
    if _CONTROL.search(trimmed):
        raise InvalidComment("no control characters may stand in it")
    return trimmed
