"""A user: a person or a service that may hold API keys."""

from dataclasses import dataclass
from datetime import datetime

from keyreeve.domain import text as texts
from keyreeve.domain.errors import InvalidName, InvalidUsername, WeakPassword
from keyreeve.domain.role import Roles

USERNAME_LIMIT = 254
NAME_LIMIT = 100
PASSWORD_SHORTEST = 8
PASSWORD_LONGEST = 256


@dataclass(frozen=True, slots=True)
class User:
    """One user, as administrators see him; secrets are kept elsewhere."""

    id: str
    username: str
    first_name: str
    last_name: str
    created: datetime
    enabled: bool = True
    external_id: str | None = None
    global_roles: Roles = frozenset()


def check_username(text: str) -> str:
    """Return `text` if it can be a login: an e-mail address that a digest can carry.

    Raises:
        InvalidUsername: saying what is wrong. `:` would end the name inside H(A1) (RFC 7616,
            section 3.4.2). Having an `@`, no login can be mistaken for the id of a key.
    """
    if fault := texts.fault(text, longest=USERNAME_LIMIT):
        raise InvalidUsername(ascii(text[:USERNAME_LIMIT]), fault)
    local, _, host = text.rpartition("@")
    if not (local and host):
        raise InvalidUsername(text, "an e-mail address is needed")
    if any(c in '":\\' or c.isspace() for c in text):
        raise InvalidUsername(text, "no colon, quote, backslash or space may stand in it")
    return text


def check_name(attribute: str, text: str, *, longest: int = NAME_LIMIT) -> str:
    """Return `text` trimmed if it can be a name.

    Raises:
        InvalidName: naming the attribute.
    """
    trimmed = text.strip()
    if fault := texts.fault(trimmed, longest=longest):
        raise InvalidName(attribute, fault)
    return trimmed


def check_password(password: str) -> None:
    """Accept a password by its length alone (NIST SP 800-63B, section 3.1.1.2).

    Raises:
        WeakPassword: it is too short or too long.
    """
    if len(password) < PASSWORD_SHORTEST:
        raise WeakPassword(f"at least {PASSWORD_SHORTEST} characters")
    if len(password) > PASSWORD_LONGEST:
        raise WeakPassword(f"at most {PASSWORD_LONGEST} characters")
