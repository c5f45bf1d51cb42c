"""What a handler returns: a page or a redirect, and the cookies that go with it."""

from dataclasses import dataclass

from keyreeve.console import rendering
from keyreeve.console.cookies import SetCookie
from keyreeve.console.views import Page

OK = 200
REFUSED = 200
"""A form comes back with what is wrong with it. Browsers log another status as a broken page."""
SEE_OTHER = 303
FORBIDDEN = 403
NOT_FOUND = 404
METHOD_NOT_ALLOWED = 405
CONFLICT = 409
TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and what stands in the header of one answer."""

    status: int
    body: str = ""
    location: str | None = None
    allow: str | None = None
    cookies: tuple[SetCookie, ...] = ()


def page(view: Page, *cookies: SetCookie, status: int = OK) -> Answer:
    """Return a page, rendered."""
    return Answer(status, rendering.render(view), cookies=cookies)


def to(location: str, *cookies: SetCookie) -> Answer:
    """Send the browser on with a GET. The location is a path of ours: no host is named."""
    return Answer(SEE_OTHER, location=location, cookies=cookies)


def safe(path: str) -> str:
    r"""Return a path that came back from a browser, if it is one of ours, or else the start page.

    `//host` and `/\host` would lead to another site, and a control could end the header.
    """
    ours = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if ours and path.isascii() and path.isprintable() else "/"
