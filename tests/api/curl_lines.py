"""The curl line of each operation, as the pages show it and as a test runs it."""

import json
import re
from typing import Any, get_origin

from keyreeve.api import examples, exchanges
from keyreeve.domain.operation import Operation

VARIABLES = {
    "decisionId": "DECISION_ID",
    "eventId": "EVENT_ID",
    "groupId": "GROUP_ID",
    "groupName": "GROUP_NAME",
    "keyId": "KEY_ID",
    "userId": "USER_ID",
    "username": "LOGIN",
}
"""What the shell knows the parameters of paths as; an entry is written out."""
TOO_FEW_TO_BREAK = 2
ENTRY = "203.0.113.0%2F24"
OF_OTHERS = {"group.remove_user": {"userId": "MEMBER_ID"}}
"""Where a path names somebody else."""
IN_BODIES = {examples.GROUP: "GROUP_ID", examples.USER: "MEMBER_ID"}


def line(operation: Operation, *, guarded: bool = True) -> str:
    """Return the command; its parts stand on lines of their own if it is long."""
    parts = ["curl"]
    if guarded:
        parts[0] += ' --digest --user "$LOGIN:$KEY"'
    if operation.method != "GET":
        parts[0] += f" --request {operation.method}"
    if operation.body is not None:
        parts += ["--header 'Content-Type: application/json'", f"--data '{_body(operation)}'"]
    parts.append(f'"$API{path(operation)}"')
    return " ".join(parts) if len(parts) == TOO_FEW_TO_BREAK else " \\\n  ".join(parts)


def path(operation: Operation) -> str:
    """Return the path of an operation with variables of the shell in it."""
    known = VARIABLES | OF_OTHERS.get(operation.name, {})

    def variable(found: re.Match[str]) -> str:
        return ENTRY if found[1] == "entry" else f"${known[found[1]]}"

    return re.sub(r"{([^}]+)}", variable, operation.template)


def _body(operation: Operation) -> str:
    kind: Any = operation.body
    name = exchanges.attributes(kind).__name__
    text = json.dumps(examples.body(name, listed=get_origin(kind) is list))
    for example, variable in IN_BODIES.items():
        text = text.replace(example, f"'\"${variable}\"'")
    return text
