"""Writes docs/api/ and docs/errors/: in `tests`, `python -m api.pages --write`."""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from api import api_document, curl_lines
from keyreeve.api import error_examples, exchanges, first_user, openapi, problems
from keyreeve.api.application import operations
from keyreeve.api.remedies import REMEDIES
from keyreeve.domain.operation import ANY_ROLE, Operation
from keyreeve.enforcement.answers import PROBLEMS

DOCS = Path(__file__).parents[2] / "docs"
MADE = "Written from the operations by `make golden`; the commands are run by the tests."
BADGE = "**Whitelisted**"


class Resource(NamedTuple):
    """A page: its name, its title, and what it is about."""

    file: str
    title: str
    about: str


RESOURCES = {
    "root": Resource("root", "Root", "Where to go from here."),
    "caller": Resource("caller", "Caller", "Who you are, as you are seen."),
    "group": Resource("groups", "Groups", "Groups, and the users in them."),
    "user": Resource("users", "Users", "Users, their names and roles."),
    "whitelist": Resource(
        "whitelist",
        "Whitelist",
        "The addresses from which you may call whitelisted operations. Each user has his own.",
    ),
    "access_list": Resource(
        "access-list",
        "Access list",
        "The [whitelist](whitelist.md) under the name that newer clients use.",
    ),
    "api_key": Resource(
        "api-keys", "API keys", "Your keys. New ones are generated in the console."
    ),
    "event": Resource("events", "Events", "What was changed, by whom, from where."),
    "operation": Resource("operations", "Operations", "What can be called, and by whom."),
    "decision": Resource("decisions", "Decisions", "Why a call was let through, or was not."),
    "first_user": Resource(
        "first-user",
        "First user",
        "Makes the first user of an installation that has none. It needs no proof, and is off "
        "unless `KEYREEVE_FIRST_USER_API` is `on`.",
    ),
}
"""By the first word of an operation's name."""

ALL = (*operations, first_user.operation)
CODES = sorted({*problems.STATUS, *PROBLEMS})


def pages() -> dict[Path, str]:
    """Return every page, by its path under `docs`."""
    made = {Path("errors", "README.md"): _index_of_errors()}
    made |= {Path("errors", f"{code}.md"): _error(code) for code in CODES}
    for tag, resource in RESOURCES.items():
        made[Path("api", f"{resource.file}.md")] = _resource(tag, resource)
    return made


def anchor(operation: Operation) -> str:
    """Return what a section is linked by."""
    return operation.name.replace(".", "-").replace("_", "-")


def _resource(tag: str, resource: Resource) -> str:
    found = [one for one in ALL if openapi.tag_of(one) == tag]
    head = f"# {resource.title}\n\n{resource.about}\n\n[Principles](README.md) · {MADE}\n\n"
    rows = "".join(
        f"| [`{one.method} {one.template}`](#{anchor(one)}) | {one.summary} | {_badge(one)} |\n"
        for one in found
    )
    table = "| operation | | |\n|---|---|---|\n" + rows
    return head + table + "".join(_section(one) for one in found)


def _badge(operation: Operation) -> str:
    return BADGE if operation.whitelisted else ""


def _section(operation: Operation) -> str:
    guarded = operation in operations
    parts = [
        f'\n<a id="{anchor(operation)}"></a>\n## {operation.method} {operation.template}\n\n',
        f"{operation.summary}\n\n",
        f"{_who(operation)}\n\n" if guarded else "Needs no proof.\n\n",
        f"```sh\n{curl_lines.line(operation, guarded=guarded)}\n```\n\n",
        *_answers(operation),
        "| status | errorCode |\n|---|---|\n",
        *_errors(operation, guarded=guarded),
    ]
    return "".join(parts)


def _who(operation: Operation) -> str:
    if operation.whitelisted:
        return (
            f"{BADGE}: answers to Owners alone (`GROUP_OWNER`, `GLOBAL_OWNER`), and only from an "
            "address on their own whitelist."
        )
    if operation.self_only:
        return "Roles: any role in a group whose public API is enabled; for yourself alone."
    if operation.roles == ANY_ROLE:
        where = "in the group" if operation.group else "in a group"
        return f"Roles: any role {where} whose public API is enabled."
    return f"Roles: {', '.join(f'`{role}`' for role in sorted(operation.roles))}."


def _answers(operation: Operation) -> Iterator[str]:
    described = api_document.document()["paths"][operation.template][operation.method.lower()]
    for status in operation.answers:
        shown = described["responses"][str(status)]["content"][openapi.JSON]["example"]
        yield f"Answers {status} {HTTPStatus(status).phrase}:\n\n{_json(shown)}\n"


def _errors(operation: Operation, *, guarded: bool) -> Iterator[str]:
    found = dict(exchanges.errors(operation, PROBLEMS, guarded=guarded))
    for status in sorted({*found, 401} if guarded else found):
        codes = found.get(status, [])
        links = ", ".join(f"[{code}](../errors/{code}.md)" for code in codes)
        yield f"| {status} | {links or 'none: [see there](README.md#errors)'} |\n"


def _json(value: Any) -> str:
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```\n"


def _index_of_errors() -> str:
    rows = "".join(
        f"| {exchanges.status(code, PROBLEMS)} | [{code}]({code}.md) | {REMEDIES[code].text} |\n"
        for code in sorted(CODES, key=lambda code: (exchanges.status(code, PROBLEMS), code))
    )
    return (
        "# Errors\n\nEvery error but a 401 has an `errorCode`, which is constant. "
        "Written from the one table of codes by `make golden`.\n\n"
        f"| status | errorCode | what to do |\n|---|---|---|\n{rows}"
    )


def _error(code: str) -> str:
    status = exchanges.status(code, PROBLEMS)
    quoted = "".join(
        f"> {_readable(text)}\n\n" for text in error_examples.sentences(code, PROBLEMS)
    )
    shown = _json(error_examples.body(code, PROBLEMS))
    said = "".join(_said_by(code))
    return (
        f"# {code}\n\n{status} {HTTPStatus(status).phrase}\n\n{quoted}"
        f"**What to do:** {REMEDIES[code].text}\n\n{shown}\n{said}[All errors](README.md)\n"
    )


def _readable(sentence: str) -> str:
    """Return a sentence with dots for what it speaks of."""
    return re.sub("{[^}]*}", "…", sentence)


def _said_by(code: str) -> Iterable[str]:
    """Say which operations answer so, unless all do, or none by itself."""
    found = [one for one in ALL if code in _codes(one)]
    if not found or len(found) >= len(operations):
        return
    yield "Said by:\n\n"
    for one in found:
        page = RESOURCES[openapi.tag_of(one)].file
        yield f"- [`{one.method} {one.template}`](../api/{page}.md#{anchor(one)})\n"
    yield "\n"


def _codes(operation: Operation) -> set[str]:
    found = exchanges.errors(operation, PROBLEMS, guarded=operation in operations)
    return {code for codes in found.values() for code in codes}


def write() -> None:
    """Write every page, and remove those of codes that are no more."""
    made = pages()
    for path in (DOCS / "errors").glob("*.md"):
        if path.relative_to(DOCS) not in made:
            path.unlink()
    for path, text in made.items():
        (DOCS / path).parent.mkdir(exist_ok=True)
        (DOCS / path).write_text(text)


if __name__ == "__main__" and "--write" in sys.argv:
    write()
