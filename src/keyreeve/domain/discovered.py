"""Operations that were called and that the catalogue does not know, as an OpenAPI document."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from keyreeve.domain import template
from keyreeve.domain.openapi import METHODS
from keyreeve.domain.operation import Operation
from keyreeve.domain.role import GROUP_OWNER
from keyreeve.domain.template import Path

VARIABLE = "{id}"
SEGMENTS = 12
LONGEST = 190
"""Characters of a path that was kept whole."""


class Called(NamedTuple):
    """What was called how often, with or without a valid key; `{id}` for what varied."""

    method: str
    path: str
    calls: int
    proven: int


class Discovered(NamedTuple):
    """An operation that could be added to the catalogue."""

    template: str
    method: str
    """In lower case, as OpenAPI has it."""
    parameters: tuple[str, ...]
    calls: int
    proven: int
    """How many of the calls carried a valid key."""


def discover(called: Iterable[Called], known: Iterable[Operation]) -> tuple[Discovered, ...]:
    """Return the operations called that are not known; methods of a known path keep its name."""
    paths = [(operation, template.cut(operation, "")) for operation in known]
    found: dict[tuple[str, str], Discovered] = {}
    for one in called:
        method = "get" if one.method == "HEAD" else one.method.lower()
        segments = one.path.removesuffix("/").split("/")[1:]
        whole = one.path.startswith("/") and len(one.path) < LONGEST and len(segments) <= SEGMENTS
        if method not in METHODS or not whole or _is_known(method, segments, paths):
            continue
        name = _template(segments, paths)
        before = found.get((name, method))
        calls, proven = one.calls, one.proven
        if before is not None:
            calls, proven = calls + before.calls, proven + before.proven
        found[name, method] = Discovered(name, method, _parameters(name), calls, proven)
    return tuple(found[key] for key in sorted(found))


def document(found: Iterable[Discovered]) -> Mapping[str, Any]:
    """Return an OpenAPI document of these operations that opens each to Owners alone."""
    paths: dict[str, Any] = {}
    for one in found:
        if one.template not in paths:
            paths[one.template] = {"parameters": list(map(_parameter, one.parameters))}
        paths[one.template][one.method] = {
            "summary": f"Called {one.calls} times, {one.proven} of them with a valid key.",
            "x-keyreeve-roles": [GROUP_OWNER],
            "responses": {"default": {"description": "Not known."}},
        }
    info = {"title": "Operations that were observed", "version": "0"}
    return {"openapi": "3.1.0", "info": info, "paths": paths}


def _is_known(
    method: str, segments: Sequence[str], paths: Iterable[tuple[Operation, Path]]
) -> bool:
    return any(
        operation.method.lower() == method and _fits(segments, path) for operation, path in paths
    )


def _template(segments: Sequence[str], paths: Iterable[tuple[Operation, Path]]) -> str:
    """Return the template of a known path, or one in which every variable has its own name."""
    for operation, path in paths:
        if _fits(segments, path):
            return operation.template
    named, count = [], 0
    for segment in segments:
        count += segment == VARIABLE
        number = "" if count == 1 else str(count)
        named.append(f"{{id{number}}}" if segment == VARIABLE else segment)
    return "/" + "/".join(named)


def _fits(segments: Sequence[str], path: Path) -> bool:
    """Tell whether these may be segments of a path; what varied is no literal."""
    return len(segments) == len(path.literals) and all(
        mine is None or mine == theirs for mine, theirs in zip(path.literals, segments, strict=True)
    )


def _parameters(name: str) -> tuple[str, ...]:
    return tuple(part[1:-1] for part in name.split("/") if part.startswith("{"))


def _parameter(name: str) -> Mapping[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
