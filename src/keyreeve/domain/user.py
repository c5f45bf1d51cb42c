"""A user: a person or a service that may hold API keys."""

import re
from dataclasses import dataclass
from datetime import datetime

from keyreeve.domain.errors import InvalidName, InvalidUsername, WeakPassword
from keyreeve.domain.role import Roles

USERNAME_LIMIT = 254
NAME_LIMIT = 100
PASSWORD_SHORTEST = 8
PASSWORD_LONGEST = 256

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_KEY_ID = re.compile(r"[0-9a-fA-F]{24}")


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
        InvalidUsername: saying what is wrong. `:` would end the name inside H(A1)
            (RFC 7616, section 3.4.2), and 24 hex digits are the id of a key.
    """
    local, at, host = text.rpartition("@")
    if len(text) > USERNAME_LIMIT:
        raise InvalidUsername(text[:USERNAME_LIMIT], f"at most {USERNAME_LIMIT} characters")
    if not (local and at and host) or _KEY_ID.fullmatch(text):
        raise InvalidUsername(text, "an e-mail address is needed")
    if _CONTROL.search(text) or any(c in '":\\' or c.isspace() for c in text):
        raise InvalidUsername(text, "no colon, quote, backslash, space or control may stand in it")
    return text


def check_name(attribute: str, text: str, *, longest: int = NAME_LIMIT) -> str:
    """Return `text` trimmed if it can be a name.

    Raises:
        InvalidName: naming the attribute.
    """
    trimmed = text.strip()
    if not trimmed:
        raise InvalidName(attribute, "it is empty")
    if len(trimmed) > longest:
        raise InvalidName(attribute, f"at most {longest} characters")
    if _CONTROL.search(trimmed):
        raise InvalidName(attribute, "no control characters may stand in it")
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
