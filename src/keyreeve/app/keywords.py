"""Settings given in Python: by the names of the variables in small letters, on top of those."""

import os
from collections.abc import Mapping
from pathlib import Path

from keyreeve import settings as rules
from keyreeve.settings import PREFIX, Settings, SettingsError

_ALTERNATIVES = {"database_url": "database_url_file", "database_url_file": "database_url"}
_NAMES = {name.removeprefix(PREFIX).lower() for name in rules.explained()}


def settings(given: Mapping[str, object]) -> Settings:
    """Return the settings of the environment, and on top of them those that are given here.

    Raises:
        SettingsError: one is unknown or invalid; says which, as it was given.
    """
    environ = dict(os.environ)
    for name, value in given.items():
        if name not in _NAMES and name not in _ALTERNATIVES:
            raise SettingsError(name, "there is no such setting")
        if name in _ALTERNATIVES and _ALTERNATIVES[name] not in given:
            environ.pop(PREFIX + _ALTERNATIVES[name].upper(), None)
        environ[PREFIX + name.upper()] = _text(name, value)
    try:
        return rules.load(environ)
    except SettingsError as wrong:
        name = wrong.setting.removeprefix(PREFIX).lower()
        if name not in given:
            raise
        reason = str(wrong).removeprefix(f"{wrong.setting}: ")
        raise SettingsError(name, reason) from None


def _text(name: str, value: object) -> str:
    """Return a value as it would stand in the environment."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str | int | Path):
        return str(value)
    if isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
        return ",".join(value)
    raise SettingsError(name, "text is needed, as it would stand in the environment")
