"""Pages tell the truth: every command in them is one that we have."""

import contextlib
import re
import shlex
from pathlib import Path

import pytest
from cyclopts import MissingArgumentError

from keyreeve.cli import command_line

ROOT = Path(__file__).parents[2]
FOREIGN = {".venv", ".venv-clients", "node_modules", "changelog.d"}
PAGES = sorted(page for page in ROOT.glob("**/*.md") if not FOREIGN & set(page.parts))

_SHELL = re.compile(r"^```(?:sh|bash|console)\b[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(keyreeve [^`\n]*)`")
_PROSE = re.compile(r"\.\.\.|\[|\bCOMMAND\b|=")
"""What stands only in a sentence about a command, never in one that is to be typed."""
_START = re.compile(r"(?:[A-Z_]+=\S* )*(?:\S*/)?keyreeve (?=[a-z-])(.*)", re.DOTALL)


def typed(page: Path) -> list[str]:
    """Return every command of ours that a page has its reader type."""
    lines = [
        part.strip().removeprefix("$ ")
        for block in _SHELL.findall(page.read_text())
        for line in block.replace("\\\n", " ").splitlines()
        for part in re.split(r"\$\(| \| |&&|;|\s#\s| > ", line)
    ]
    return [found[1] for line in lines if (found := _START.fullmatch(line))]


def mentioned(page: Path) -> list[str]:
    """Return every command of ours that a page speaks of in a sentence."""
    lines = [line for line in _INLINE.findall(page.read_text()) if not _PROSE.search(line)]
    return [found[1] for line in lines if (found := _START.fullmatch(line))]


def parse(command: str) -> None:
    """Read a command line as we would."""
    words = [word.split("|")[0] for word in shlex.split(command.rstrip(")&")) if word != "--json"]
    application = command_line._application()
    application.parse_args(words, print_error=False, exit_on_error=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_in_a_page_is_one_that_we_have(page: Path) -> None:
    for command in typed(page):
        parse(command)
    for command in mentioned(page):
        with contextlib.suppress(MissingArgumentError):
            parse(command)
