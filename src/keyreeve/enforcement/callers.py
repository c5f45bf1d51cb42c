"""Callers: whose address a request comes from, by the one source that was set."""

import logging
from collections.abc import Callable, Iterable
from functools import lru_cache

from keyreeve.protocol import address, forwarded
from keyreeve.protocol.address import Address, Network
from keyreeve.protocol.forwarded import Source, Walk

FORWARDING = frozenset({b"x-forwarded-for", b"forwarded", b"x-real-ip"})
"""Headers by which a proxy says for whom it calls."""
REMEMBERED = 4096
REMEMBERED_BYTES = 256
"""Of the header of one caller; a longer one is read anew each time."""
WARN_EVERY = 60_000
"""Milliseconds between two warnings."""

_LOOPBACK_V4, _LOOPBACK_V6 = map(address.parse_network, ("127.0.0.0/8", "::1"))
LOOPBACK: tuple[Network, ...] = (_LOOPBACK_V4, _LOOPBACK_V6)

_log = logging.getLogger("keyreeve.callers")


class Callers:
    """Tells the address of each caller, and warns of headers that are not believed.

    `local`: peers come through a socket file that only trusted proxies may open.
    """

    def __init__(
        self,
        source: Source = Source.PEER,
        trusted: Iterable[Network] = (),
        *,
        ticks: Callable[[], int] | None = None,
        local: bool = False,
    ) -> None:
        self.header = b"" if source is Source.PEER else source.value.encode()
        self.trusted = tuple(trusted)
        self._source = source
        self._local = local
        self._ticks = ticks
        self._warned: int | None = None
        self._walk = lru_cache(REMEMBERED)(self._walked)

    def walk(self, host: str | None, lines: tuple[bytes, ...]) -> Walk:
        """Find the caller, by his peer and the lines of the header that is believed."""
        if lines and sum(map(len, lines)) > REMEMBERED_BYTES:
            return self._walked(host, lines)
        return self._walk(host, lines)

    def trusts(self, host: str | None) -> bool:
        """Tell whether this peer may speak for others."""
        found = _peer(host)
        return self._local or (found is not None and any(found in net for net in self.trusted))

    def notice(self, host: str | None) -> None:
        """Warn, once a minute, of a forwarding header from a peer that is not trusted.

        Either somebody tries to pass for another, or a proxy was forgotten in the settings.
        """
        if self._ticks is None or self.trusts(host):
            return
        now = self._ticks()
        if self._warned is None or now - self._warned >= WARN_EVERY:
            self._warned = now
            who = _peer(host) or "a peer without an address"
            _log.warning("a forwarding header was ignored: %s is no trusted proxy", who)

    def _walked(self, host: str | None, lines: tuple[bytes, ...]) -> Walk:
        texts = [line.decode("latin-1") for line in lines]
        peer = _peer(host)
        return forwarded.walk(self._source, peer, texts, trusted=self.trusted, local=self._local)


def is_loopback(found: Address | None) -> bool:
    """Tell whether a caller sits on this very host."""
    return found is not None and (found in _LOOPBACK_V4 or found in _LOOPBACK_V6)


@lru_cache(REMEMBERED)
def _peer(host: str | None) -> Address | None:
    """Return the address of a peer; a socket file has none."""
    try:
        return None if host is None else address.parse_address(host)
    except address.MalformedAddress:
        return None
