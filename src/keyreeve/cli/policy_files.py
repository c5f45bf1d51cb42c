"""Policy files: a table of calls, each with what is expected of it; read strictly."""

from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from keyreeve.cli import outcomes, structured_files
from keyreeve.cli.outcomes import Outcome
from keyreeve.cli.structured_files import Unreadable
from keyreeve.domain import explanation
from keyreeve.domain.decision import Reason
from keyreeve.domain.errors import Refusal
from keyreeve.domain.explanation import Described, Indescribable
from keyreeve.services.explanations import Which

ALLOW = "allow"
RULES = frozenset({"1", *(reason.rule for reason in Reason)})
CODES = frozenset({*(reason.code for reason in Reason), *outcomes.GATE_CODES.values()})
STATUSES = frozenset({200, 401, 403, 404, 405})

Api: TypeAlias = Literal["own", "guarded"]


class InvalidPolicy(Refusal):
    """A policy file cannot be read, or a part of it is malformed."""

    code = "INVALID_POLICY_FILE"
    sentence = "{0}: {1}."


class Person(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A user that the file makes up: his roles by group, his global roles, and his whitelist."""

    roles: dict[str, list[str]] = {}
    everywhere: list[str] = []
    whitelist: list[str] = []


class Row(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One call, and what is expected of it."""

    user: str
    method: str
    path: str
    expect: int | str
    address: str | None = None
    headers: dict[str, str] = {}
    api: Api | None = None


class PolicyFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The whole file. With `users` it brings a world of its own; else the installation is asked."""

    expectations: list[Any]
    catalogue: str | None = None
    groups: dict[str, bool] | None = None
    users: dict[str, Person] | None = None


class Expectation(NamedTuple):
    """A row, read."""

    place: str
    """`row 1`: where it stands, for whoever has to look."""
    user: str
    call: Described
    api: Which | None
    expected: int | str

    def holds(self, outcome: Outcome) -> bool:
        """Tell whether this is what was expected."""
        expected = self.expected
        if isinstance(expected, int):
            return expected == outcome.status
        if expected in RULES:
            return expected == outcome.rule
        return expected in {outcome.word, outcome.code, outcome.gate_code}


def read(source: str) -> tuple[PolicyFile, tuple[Expectation, ...]]:
    """Read a policy file, and each of its rows.

    Raises:
        InvalidPolicy: saying which row is malformed, and how.
    """
    try:
        file = msgspec.convert(structured_files.read(source), PolicyFile)
    except (Unreadable, msgspec.ValidationError) as failure:
        raise InvalidPolicy(source, str(failure)) from failure
    if not file.expectations:
        raise InvalidPolicy(source, "it expects nothing")
    if file.groups is not None and file.users is None:
        raise InvalidPolicy(source, "groups need users: a file brings its own of both, or neither")
    rows = enumerate(file.expectations, 1)
    return file, tuple(_expectation(f"row {number}", row) for number, row in rows)


def beside(source: str, name: str) -> str:
    """Return where a file is that a policy file names: from its own folder on."""
    return name if source == "-" else str(Path(source).parent / name)


def _expectation(place: str, raw: object) -> Expectation:
    try:
        row = msgspec.convert(raw, Row)
        headers = [f"{name}: {value}" for name, value in row.headers.items()]
        call = explanation.describe(row.method, row.path, row.address, headers)
    except (msgspec.ValidationError, Indescribable) as failure:
        raise InvalidPolicy(place, str(failure)) from failure
    return Expectation(place, row.user, call, row.api, _expected(place, row.expect))


def _expected(place: str, given: int | str) -> int | str:
    """Return a status as a number, and all else as text."""
    text = str(given)
    if text in map(str, STATUSES):
        return int(text)
    if text not in {ALLOW, *RULES, *CODES}:
        known = ", ".join([ALLOW, *sorted(RULES), *map(str, sorted(STATUSES)), *sorted(CODES)])
        raise InvalidPolicy(place, f"expect {text!r} is none of {known}")
    return text
