"""Nonces: tickets that carry their own age and seal, so that a 401 costs no memory."""

import base64
import hmac
import re
from typing import Final, NamedTuple

GENERATION_BYTES: Final = 8
ENTROPY_BYTES: Final = 6

_ISSUED_BYTES: Final = 6
_TAG_BYTES: Final = 16
_TICKET_BYTES: Final = GENERATION_BYTES + _ISSUED_BYTES + ENTROPY_BYTES
_SPELLING = re.compile(r"[A-Za-z0-9_-]{48}")


class ForeignNonce(ValueError):
    """We did not issue this nonce, or it was touched on its way."""


class Ticket(NamedTuple):
    """What a nonce says: the ledger it was issued for, and when."""

    generation: bytes
    issued: int
    """Milliseconds, of the clock that all processes of the host share."""
    entropy: bytes


def issue(key: bytes, ticket: Ticket) -> str:
    """Spell a ticket as a nonce that only the holder of `key` can make (RFC 7616, section 5.4)."""
    issued = ticket.issued.to_bytes(_ISSUED_BYTES)
    body = ticket.generation + issued + ticket.entropy
    return base64.urlsafe_b64encode(body + _tag(key, body)).decode("ascii")


def read(key: bytes, text: str) -> Ticket:
    """Return the ticket behind a nonce.

    Raises:
        ForeignNonce: the tag does not prove that it is ours.
    """
    if not _SPELLING.fullmatch(text):
        raise ForeignNonce("the nonce is not spelt like ours")
    sealed = base64.urlsafe_b64decode(text)
    body, tag = sealed[:_TICKET_BYTES], sealed[_TICKET_BYTES:]
    if not hmac.compare_digest(tag, _tag(key, body)):
        raise ForeignNonce("the nonce is not sealed by us")
    issued = int.from_bytes(body[GENERATION_BYTES:-ENTROPY_BYTES])
    return Ticket(body[:GENERATION_BYTES], issued, body[-ENTROPY_BYTES:])


def _tag(key: bytes, body: bytes) -> bytes:
    """Compute the seal: HMAC-SHA-256 (RFC 2104), cut to 128 bits."""
    return hmac.digest(key, body, "sha256")[:_TAG_BYTES]
