"""The proxies in front of us, as the settings name them."""

from collections.abc import Callable

from starlette.types import Scope

from keyreeve.domain.edge import Edge
from keyreeve.enforcement.callers import Callers
from keyreeve.protocol import address
from keyreeve.protocol.address import MalformedAddress, Network
from keyreeve.protocol.forwarded import Source, Walk
from keyreeve.settings import Settings, SettingsError


def callers(settings: Settings, edge: Edge) -> Callers:
    """Return what tells the address of each caller.

    Raises:
        SettingsError: a trusted proxy has no address that callers could have.
    """
    source = Source(settings.client_address_header)
    return Callers(source, networks(settings), ticks=edge.ticks)


def caller(asking: Callers) -> Callable[[Scope], Walk]:
    """Return what tells the console who calls: him whom the door takes the caller for."""

    def told(scope: Scope) -> Walk:
        client = scope.get("client")
        lines = tuple(value for name, value in scope["headers"] if name == asking.header)
        return asking.walk(client[0] if client else None, lines)

    return told


def networks(settings: Settings) -> tuple[Network, ...]:
    """Return the networks of trusted proxies.

    Raises:
        SettingsError: one of them is none that callers could have.
    """
    try:
        return tuple(map(address.parse_network, settings.trusted_proxies))
    except MalformedAddress as malformed:
        raise SettingsError("KEYREEVE_TRUSTED_PROXIES", str(malformed)) from None
