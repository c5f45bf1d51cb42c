"""Where a request comes from: only our own pages may change things."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers


def is_own(headers: Headers, public_url: str) -> bool:
    """Tell whether one of our own pages sent this, as far as its browser says.

    A browser that sends neither field is too old for them, and no browser at all sends neither
    across sites with a form; the token in the form still has to be right.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    return origin == _origin_of(public_url) or _host_of(origin) == headers.get("host")


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host_of(origin: str) -> str | None:
    """Return host and port of an origin; None where it is opaque (`null`) or no web origin."""
    scheme, _, host = origin.partition("://")
    return host if scheme in ("http", "https") and host else None
