"""Schemas: what documents, bodies and errors look like (JSON Schema 2020-12)."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

import msgspec

from keyreeve.api import exchanges
from keyreeve.api.representation import Page
from keyreeve.domain.operation import Operation

REFERENCE = "#/components/schemas/{name}"

_PAGE = "Page_"
_STATUS = {"type": "integer", "description": "The status of the answer; in an envelope only."}

ERROR: Mapping[str, Any] = {
    "title": "Error",
    "description": "Why a request was not served. `errorCode` is constant, `detail` is for people.",
    "type": "object",
    "properties": {
        "detail": {"type": "string"},
        "error": {"type": "integer", "description": "The status of the answer."},
        "errorCode": {"type": "string"},
        "parameters": {"type": "array", "items": {"type": ["string", "integer"]}},
        "reason": {"type": "string", "description": "The phrase of the status."},
        "address": {"type": "string", "description": "The caller's address as it was seen (403)."},
        "decision": {"type": "string", "description": "Opens the trace of the decision (403)."},
        "rule": {"type": "string", "description": "The rule that said no (403)."},
    },
    "required": ["detail", "error", "errorCode", "parameters", "reason"],
}

UNAUTHORIZED: Mapping[str, Any] = {
    "title": "Unauthorized",
    "description": "Nothing proved the request. It is the same for every cause.",
    "type": "object",
    "properties": {
        "reason": {"const": "Unauthorized"},
        "error": {"const": 401},
        "detail": {"type": "string"},
    },
    "required": ["reason", "error", "detail"],
}


def components(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the schema of everything that operations take and answer, by name."""
    kinds = [kind for one in operations for kind in (*one.answers.values(), one.body) if kind]
    _, found = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
    for name in _names(kind for one in operations if (kind := one.body) is not None):
        found[name] = {**found[name], "additionalProperties": False}
    for name in found:
        if name.startswith(_PAGE):
            found[name]["properties"]["status"] = _STATUS
    both = {"Error": dict(ERROR), "Unauthorized": dict(UNAUTHORIZED)}
    return dict(sorted((found | both).items()))


def reference(name: str) -> dict[str, Any]:
    """Return a reference to a schema."""
    return {"$ref": REFERENCE.format(name=name)}


def body(kind: Any) -> dict[str, Any]:  # noqa: ANN401  a type
    """Return the schema of a body."""
    one = reference(exchanges.attributes(kind).__name__)
    return {"type": "array", "items": one} if get_origin(kind) is list else one


def answer(kind: Any, status: int) -> dict[str, Any]:  # noqa: ANN401  a type
    """Return the schema of an answer, bare or in an envelope."""
    bare = reference(name_of(kind))
    if get_origin(kind) is Page:  # in an envelope it only gains a status
        return bare
    return enveloped(bare, status)


def enveloped(bare: Mapping[str, Any], status: int) -> dict[str, Any]:
    """Return the schema of a document, bare or in an envelope."""
    envelope = {
        "type": "object",
        "properties": {"status": {"const": status}, "content": bare},
        "required": ["status", "content"],
    }
    return {"anyOf": [bare, envelope]}


def name_of(kind: Any) -> str:  # noqa: ANN401  a type
    """Return the name of a document's schema."""
    if get_origin(kind) is Page:
        return f"{_PAGE}{get_args(kind)[0].__name__}_"
    return str(kind.__name__)


def _names(bodies: Iterable[Any]) -> set[str]:
    """Return the names of all schemas that bodies are made of."""
    kinds = [exchanges.attributes(kind) for kind in bodies]
    _, found = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
    return set(found)
