"""The token in every form: it proves that one of our pages made the form, for this very cookie."""

import base64
import hashlib
import hmac

_PURPOSE = b"keyreeve console form"


def token(cookie: str) -> str:
    """Return the token that belongs to a cookie; it does not tell the cookie."""
    tag = hmac.digest(cookie.encode(), _PURPOSE, hashlib.sha256)
    return base64.urlsafe_b64encode(tag).decode().rstrip("=")


def is_right(given: str, cookie: str) -> bool:
    """Tell whether a form was made for this cookie."""
    return hmac.compare_digest(given.encode(), token(cookie).encode())
