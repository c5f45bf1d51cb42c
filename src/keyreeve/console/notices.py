"""What the next page says about what was just done. A code travels in a cookie, never a text."""

import base64
import binascii
import json
from types import MappingProxyType

from keyreeve.console.cookies import Cookie, SetCookie
from keyreeve.console.parts import Notice, Tone, Undo

LONGEST = 300
"""Characters of one parameter."""

_SENTENCES: MappingProxyType[str, tuple[Tone, str]] = MappingProxyType(
    {
        "signed-out": ("done", "You are signed out."),
        "signed-out-everywhere": ("done", "You are signed out everywhere."),
        "session-ended": ("refusal", "Your session has ended. Sign in to go on where you were."),
        "group-made": ("done", "{0} was made, and you are its Owner. Its public API is off."),
        "public-api-on": ("done", "The public API of {0} is on."),
        "public-api-off": ("done", "The public API of {0} is off."),
        "key-enabled": ("done", "{0} is enabled."),
        "key-disabled": ("done", "{0} is disabled. Calls with it are refused."),
        "key-deleted": ("done", "{0} was deleted. Calls with it are refused."),
        "key-gone": ("refusal", "That key does not exist any more. Nothing was changed."),
        "entry-added": ("done", "{0} is on your whitelist."),
        "entry-known": ("done", "{0} was on your whitelist already."),
        "entry-unrestricted": (
            "warning",
            "{0} is on your whitelist. It removes the restriction: any address may call.",
        ),
        "entry-deleted": ("done", "{0} was deleted from your whitelist."),
        "entry-deleted-own": (
            "warning",
            "{0} was deleted. Your own address, {2}, is not on your whitelist any more.",
        ),
        "entry-gone": ("refusal", "{0} is not on your whitelist any more. Nothing was changed."),
        "password-changed": ("done", "Your password is changed. Your other sessions have ended."),
        "second-factor-off": ("done", "The second factor is off."),
        "second-factor-on": ("refusal", "The second factor is on already."),
        "welcome": ("done", "Welcome. You own this installation; open a group's public API next."),
    }
)


def said(code: str, *parameters: str) -> SetCookie:
    """Return the cookie by which the next page says this."""
    told = json.dumps([code, *(parameter[:LONGEST] for parameter in parameters)])
    value = base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")
    return SetCookie(Cookie.NOTICE, value)


def heard(value: str) -> Notice | None:
    """Return the notice that a cookie stands for; None if it is none of ours."""
    try:
        told = json.loads(base64.urlsafe_b64decode(value + "=="))
    except (ValueError, binascii.Error):
        return None
    if not (isinstance(told, list) and told and all(isinstance(part, str) for part in told)):
        return None
    code, *parameters = told
    if code not in _SENTENCES:
        return None
    tone, sentence = _SENTENCES[code]
    try:
        text = sentence.format(*parameters)
    except IndexError:
        return None
    return Notice(tone, text, _undo(code, parameters))


def _undo(code: str, parameters: list[str]) -> Undo | None:
    if code not in ("entry-deleted", "entry-deleted-own"):
        return None
    address, comment = (*parameters, "")[:2]
    fields = (("address", address), ("comment", comment))
    return Undo("Undo", "/settings/api-access/whitelist", fields)
