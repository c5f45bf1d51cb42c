"""Parameters: what stands in paths, queries and header fields, described."""

import re
from collections.abc import Mapping
from typing import Any, get_origin

from keyreeve.api import examples
from keyreeve.api.query import PER_PAGE_DEFAULT, PER_PAGE_LIMIT
from keyreeve.api.representation import Page
from keyreeve.domain.operation import Operation

_FLAG = {"type": "boolean", "default": False}
_TEXT = {"type": "string"}

STYLE: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "envelope": (_FLAG, "Whether the answer is wrapped and repeats its status."),
    "pretty": (_FLAG, "Whether the answer is indented."),
}
PAGING: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "pageNum": ({"type": "integer", "minimum": 1, "default": 1}, "Which page, from 1."),
    "itemsPerPage": (
        {
            "type": "integer",
            "minimum": 1,
            "maximum": PER_PAGE_LIMIT,
            "default": PER_PAGE_DEFAULT,
        },
        "How many items a page holds.",
    ),
    "includeCount": (_FLAG | {"default": True}, "Whether the answer holds `totalCount`."),
}
EVENTS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "eventType": ({"type": "array", "items": _TEXT}, "Only events of these types."),
    "minDate": (_TEXT | {"format": "date-time"}, "Only events from this moment on."),
    "maxDate": (_TEXT | {"format": "date-time"}, "Only events up to this moment."),
}
FIRST_USER: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "whitelist": ({"type": "array", "items": _TEXT}, "Addresses or ranges to be whitelisted."),
}
OF: Mapping[str, Mapping[str, tuple[Mapping[str, Any], str]]] = {
    "event.list_of_group": EVENTS,
    "event.list_of_user": EVENTS,
    "first_user.create": FIRST_USER,
}
"""What single operations take in their query."""

HEADERS: Mapping[str, Mapping[str, Any]] = {
    "ETag": {"schema": _TEXT, "description": "What `If-Match` and `If-None-Match` compare."},
    "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."},
    "WWW-Authenticate": {"schema": _TEXT, "description": "The challenge (RFC 7616)."},
    "X-Request-Id": {"schema": _TEXT, "description": "Names the request, for the operator."},
}


CONDITIONS: Mapping[str, str] = {
    "If-Match": "An `ETag`: unless it still holds, nothing is changed.",
    "If-None-Match": "An `ETag`: if it still holds, the answer is 304.",
}


def names(operation: Operation) -> list[str]:
    """Return the names of an operation's parameters: of the path, the query and the header.

    Of the conditions the one that makes most sense is named, though each may always be sent.
    """
    lists = any(get_origin(kind) is Page for kind in operation.answers.values())
    query = (*OF.get(operation.name, {}), *(PAGING if lists else {}), *STYLE)
    return [
        *in_path(operation.template),
        *query,
        "If-None-Match" if operation.reads else "If-Match",
    ]


def in_path(template: str) -> list[str]:
    """Return the names of the parameters in a path."""
    return re.findall(r"{([^}]+)}", template)


def components() -> dict[str, Any]:
    """Return the description of every parameter, by its name."""
    found: dict[str, Any] = {name: _in_path(name) for name in examples.PATH}
    for name, (schema, meaning) in {**PAGING, **STYLE, **EVENTS, **FIRST_USER}.items():
        found[name] = _parameter(name, "query", schema, meaning)
    for name, meaning in CONDITIONS.items():
        found[name] = _parameter(name, "header", _TEXT, meaning)
    return found


def _in_path(name: str) -> dict[str, Any]:
    example, meaning = examples.PATH[name]
    required = _parameter(name, "path", _TEXT | {"minLength": 1}, meaning)
    return required | {"required": True, "example": example}


def _parameter(name: str, place: str, schema: Mapping[str, Any], meaning: str) -> dict[str, Any]:
    return {"name": name, "in": place, "schema": dict(schema), "description": meaning}
