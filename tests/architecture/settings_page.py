"""Writes docs/settings.md from the class: `python tests/architecture/settings_page.py --write`."""

import sys
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
    rows = (f"| `{name}` | {meaning} |\n" for name, meaning in settings.explained().items())
    return HEAD + "".join(rows)


if __name__ == "__main__" and "--write" in sys.argv:
    PAGE.write_text(page())
