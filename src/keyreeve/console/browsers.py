"""Browsers by a name that their user knows; a user agent string is told to nobody."""

import re

_LONGEST = 1024
# Order matters: each later browser also says it is an earlier one.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS|Chromium", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X|Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux|X11", "Linux"),
)


def named(user_agent: str) -> str:
    """Return the browser and its system, as in `Firefox on Linux`."""
    text = user_agent[:_LONGEST]
    browser = _first(_BROWSERS, text) or "Another browser"
    system = _first(_SYSTEMS, text)
    return f"{browser} on {system}" if system else browser


def _first(names: tuple[tuple[str, str], ...], text: str) -> str | None:
    return next((name for pattern, name in names if re.search(pattern, text)), None)
