"""A call: what a door tells the judge about one request."""

from collections.abc import Iterable
from typing import NamedTuple

from keyreeve.domain import naming
from keyreeve.protocol.address import Address
from keyreeve.protocol.forwarded import Hop


class Call(NamedTuple):
    """One request as it arrived. A tuple, since one is made for every request."""

    method: str
    """As sent: methods are case-sensitive, and HEAD is hashed as HEAD."""
    target: str
    """The request target as sent, query included (RFC 9112, section 3.2.1)."""
    authorization: bytes | None = None
    """The one Authorization value."""
    address: Address | None = None
    """None: unknown, and so on no whitelist."""
    private: bool = False
    """Whether nobody can have listened: https or loopback, so that a bearer key may be used."""
    fields: Iterable[tuple[bytes, bytes]] = ()
    """Header fields, for operations that name their group in one."""
    hops: tuple[Hop, ...] = ()
    """How the address was found, hop by hop, as far as the door can tell."""

    def field(self, name: str) -> str:
        """Return the value of a field that stands there exactly once; else nothing."""
        return naming.field(self.fields, name)
