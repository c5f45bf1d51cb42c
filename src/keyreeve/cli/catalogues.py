"""`keyreeve catalogue`: the operations of the API that doors guard."""

from collections.abc import Iterable
from typing import Annotated

from cyclopts import Parameter

from keyreeve.cli import openapi_files
from keyreeve.cli.answers import NOTHING, Answer, Document, results, table
from keyreeve.cli.installations import actor, changing, looking
from keyreeve.domain.openapi import Reading
from keyreeve.domain.operation import ANY_ROLE, Operation
from keyreeve.domain.role import GROUP_OWNER
from keyreeve.services import catalogue
from keyreeve.services.catalogue import Difference

UNCLASSIFIED = 1
"""The status that tells of operations without marks."""

Source = Annotated[
    str,
    Parameter(
        name="FILE",
        help="An OpenAPI document: file, URL, or - (stdin).",
        allow_leading_hyphen=True,
    ),
]


def import_(
    source: Source,
    /,
    *,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
) -> Answer:
    """Replace the catalogue by what an OpenAPI 3.0 or 3.1 document says, and print the difference.

    Parameters
    ----------
    dry_run
        Print the difference and change nothing.
    """
    reading = openapi_files.read(source)
    if dry_run:
        with looking() as s:
            difference = catalogue.compare(s, reading.operations)
    else:
        with changing() as t:
            difference = catalogue.replace(t, actor(), reading.operations)
    document = {
        "operations": len(reading.operations),
        "unclassified": [_title(o) for o in reading.unclassified],
        "added": [_document(o) for o in difference.added],
        "removed": [_document(o) for o in difference.removed],
        "changed": [{"from": _document(a), "to": _document(b)} for a, b in difference.changed],
        "dryRun": dry_run,
    }
    text = _told(difference, reading.operations, dry_run=dry_run)
    if reading.unclassified:
        text += f"\n{_unclassified(reading)} Their reads are for any role, the rest for Owners."
    return Answer(document, text)


def list_() -> Answer:
    """List every operation: who may call it, and whether it is whitelisted."""
    with looking() as s:
        operations = catalogue.list(s)
    empty = "The catalogue is empty: every operation is denied. keyreeve catalogue import FILE"
    rows = (_row(operation) for operation in operations)
    heads = ("METHOD", "PATH", "ROLES", "WHITELISTED", "GROUP", "NAME")
    return Answer(results(map(_document, operations)), table(heads, rows, empty=empty))


def check(source: Source, /) -> Answer:
    """Tell which operations of a document no mark classifies; the status is then 1."""
    reading = openapi_files.read(source)
    found = reading.unclassified
    document = {
        "operations": len(reading.operations),
        "unclassified": [_document(operation) for operation in found],
    }
    if not found:
        count = len(reading.operations)
        return Answer(document, f"All {count} operations are classified.")
    lines = [_unclassified(reading)]
    lines += [f"  {_title(operation)}" for operation in found]
    lines.append("Say x-keyreeve-roles or x-keyreeve-whitelisted at each of them.")
    return Answer(document, "\n".join(lines), status=UNCLASSIFIED)


def _unclassified(reading: Reading) -> str:
    return f"Not classified: {len(reading.unclassified)} of {len(reading.operations)} operations."


def _told(difference: Difference, operations: Iterable[Operation], *, dry_run: bool) -> str:
    """Say what changes, one line each: + for new, - for gone, and both for changed."""
    lines = [f"- {_line(o)}" for o in difference.removed]
    for old, new in difference.changed:
        lines += [f"- {_line(old)}", f"+ {_line(new)}"]
    lines += [f"+ {_line(o)}" for o in difference.added]
    count = len(tuple(operations))
    if not difference:
        lines.append(f"Nothing changes: the catalogue holds these {count} operations already.")
    elif dry_run:
        lines.append(f"Nothing was changed. An import would leave {count} operations.")
    else:
        lines.append(f"The catalogue holds {count} {'operation' if count == 1 else 'operations'}.")
    return "\n".join(lines)


def _title(operation: Operation) -> str:
    return f"{operation.method} {operation.template}"


def _line(operation: Operation) -> str:
    """Say all of an operation that a decision reads."""
    said = [_title(operation), f"roles {_roles(operation)}"]
    if operation.whitelisted:
        said.append("whitelisted")
    if operation.group is not None:
        said.append(f"group from {_group(operation)}")
    if operation.slash_in:
        said.append(f"%2F in {' '.join(sorted(operation.slash_in))}")
    if operation.websocket:
        said.append("websocket")
    said.append(f"as {operation.name}")
    return ", ".join(said)


def _row(operation: Operation) -> tuple[str, ...]:
    return (
        operation.method,
        operation.template,
        _roles(operation),
        "yes" if operation.whitelisted else "no",
        _group(operation),
        operation.name,
    )


def _roles(operation: Operation) -> str:
    """Say who may call: of a whitelisted operation that any role permits, Owners alone."""
    if operation.roles == ANY_ROLE:
        return GROUP_OWNER if operation.whitelisted else "any"
    return " ".join(sorted(operation.roles))


def _group(operation: Operation) -> str:
    group = operation.group
    return NOTHING if group is None else f"{group.source} {group.parameter}"


def _document(operation: Operation) -> Document:
    group = operation.group
    return {
        "name": operation.name,
        "method": operation.method,
        "path": operation.template,
        "summary": operation.summary,
        "roles": sorted(operation.roles),
        "whitelisted": operation.whitelisted,
        "websocket": operation.websocket,
        "group": None if group is None else {group.source: group.parameter},
        "slashIn": sorted(operation.slash_in),
    }
