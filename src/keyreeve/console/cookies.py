"""Our cookies: what each is for, and the strictest attributes that its browser can bear."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Cookie(Enum):
    """Every cookie of the console, by its bare name."""

    SESSION = "keyreeve"
    """The session: an opaque secret, known to the database by its digest alone."""
    VISIT = "keyreeve-visit"
    """Ties the forms of somebody not signed in yet to his browser."""
    SETUP = "keyreeve-setup"
    """The first run, after its link was used."""
    GROUP = "keyreeve-group"
    """The group that was looked at last."""
    NOTICE = "keyreeve-notice"
    """What the next page has to say."""


YEAR = 365 * 24 * 3600
_AGE = {Cookie.GROUP: YEAR, Cookie.NOTICE: 60}


@dataclass(frozen=True, slots=True)
class SetCookie:
    """A cookie to set; None takes it away."""

    cookie: Cookie
    value: str | None


class Jar:
    """Reads and writes our cookies, over https or, on a closed network, without."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure

    def read(self, fields: Iterable[str]) -> dict[Cookie, str]:
        """Return our cookies out of the Cookie fields of a request; the first of a name counts."""
        names = {self._name(cookie): cookie for cookie in Cookie}
        found: dict[Cookie, str] = {}
        for pair in ";".join(fields).split(";"):
            name, _, value = pair.strip().partition("=")
            if name in names and value:
                found.setdefault(names[name], value)
        return found

    def write(self, change: SetCookie) -> str:
        """Return a Set-Cookie field (RFC 6265, section 4.1)."""
        field = f"{self._name(change.cookie)}={change.value or ''}; Path=/; HttpOnly; SameSite=Lax"
        age = _AGE.get(change.cookie) if change.value else 0
        if age is not None:
            field += f"; Max-Age={age}"
        return field + "; Secure" if self._secure else field

    def _name(self, cookie: Cookie) -> str:
        """With the prefix a browser takes it from this host alone, over https alone."""
        return f"__Host-{cookie.value}" if self._secure else cookie.value
