"""An API key: a user's own credential, shown once and then known only by its proofs."""

from dataclasses import dataclass
from datetime import datetime

from keyreeve.domain import text as texts
from keyreeve.domain.errors import InvalidDescription

LIMIT = 10
"""Keys of one user, enabled or not."""
DESCRIPTION_LIMIT = 255


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One API key without its secret. Its id (24 hex digits) is public and may serve as a name."""

    id: str
    user_id: str
    description: str
    redacted: str
    created: datetime
    enabled: bool = True
    last_used: datetime | None = None
    last_used_address: str | None = None


def check_description(text: str) -> str:
    """Return the description trimmed.

    Raises:
        InvalidDescription: it is empty, too long or holds controls.
    """
    trimmed = text.strip()
    if fault := texts.fault(trimmed, longest=DESCRIPTION_LIMIT):
        raise InvalidDescription(fault)
    return trimmed
