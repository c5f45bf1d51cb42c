"""What a command says: a document for programs, a sentence or a table for people."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

Document: TypeAlias = Mapping[str, Any]

NEVER = "never"
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a command, in both forms. A status other than 0 tells a finding."""

    document: Document
    text: str
    status: int = 0


SAID = Answer({}, "")
"""The answer of a command that has said everything on its way."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command that goes on for a while writes as it goes."""

    as_json: bool

    def say(self, answer: Answer) -> None:
        """Write an answer to standard output at once."""
        if answer is not SAID:
            print(compact(answer.document) if self.as_json else shown(answer.text), flush=True)

    def fail(self, code: str, detail: str) -> None:
        """Write what went wrong to standard error."""
        error = {"error": {"code": code, "detail": detail}}
        sentence = f"keyreeve: {_printable(detail)}"
        print(compact(error) if self.as_json else sentence, file=sys.stderr)


def compact(document: Document) -> str:
    """Write a document as one line of JSON, in ASCII: no terminal takes it for anything else."""
    return json.dumps(document)


def shown(text: str) -> str:
    """Return a text for a terminal: its own line ends stay, other controls are escaped."""
    return "\n".join(map(_printable, text.split("\n")))


def results(rows: Iterable[Document]) -> Document:
    """Return a list as every command and the public API give it."""
    return {"results": list(rows)}


def moment(time: datetime | None) -> str | None:
    """Return a moment as the public API writes it (ISO 8601, UTC, seconds)."""
    return None if time is None else time.strftime("%Y-%m-%dT%H:%M:%SZ")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> str:
    """Return rows in columns as wide as they must be, or a sentence where there are none."""
    shown = [tuple(_printable(cell) for cell in row) for row in rows]
    if not shown:
        return empty
    lines = [tuple(heads), *shown]
    widths = [max(len(line[n]) for line in lines) for n in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _printable(cell: str) -> str:
    """Escape what could move the cursor or turn the text of a terminal."""
    if cell.isprintable():
        return cell
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cell)
