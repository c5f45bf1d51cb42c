"""Writes docs/settings.md from the class: `python tests/architecture/settings_page.py --write`."""

import sys
from dataclasses import fields
from pathlib import Path

from keyreeve import settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
HEAD = """\
# Settings

Every setting is a variable of the environment. An unknown or invalid one refuses to start, by name;
variables that Kubernetes sets for a service of this name (`KEYREEVE_PORT...`,
`KEYREEVE_SERVICE_...`) are ignored. `KEYREEVE_DATABASE_URL_FILE` and `KEYREEVE_IDENTITY_KEY_FILE`
name files that hold the value, so that no secret need stand in the environment. This page is
written from the class `Settings` (`make golden`).

| setting | meaning |
|---|---|
"""


def page() -> str:
    plain = {settings.PREFIX + f.name.upper(): f.default for f in fields(settings.Settings)}
    rows = (
        f"| `{name}` | {meaning}{_default(meaning, plain[name])} |\n"
        for name, meaning in settings.explained().items()
    )
    return HEAD + "".join(rows)


def _default(meaning: str, value: object) -> str:
    """Say what holds unless it is set, where the meaning does not."""
    if "Default:" in meaning or "unless given" in meaning or value in {None, ()}:
        return ""
    if isinstance(value, bool):
        value = "on" if value else "off"
    if isinstance(value, tuple):
        value = ",".join(value)
    return f" Default: `{value}`."


if __name__ == "__main__" and "--write" in sys.argv:
    PAGE.write_text(page())
