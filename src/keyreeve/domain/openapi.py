"""OpenAPI documents, read as catalogues: which operations there are, and what their marks say.

`x-keyreeve-roles`, `x-keyreeve-whitelisted`, `x-keyreeve-group` and `x-keyreeve-websocket` stand at
an operation, or at its path or the whole document for all below that have none of their own.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from keyreeve.domain import marks
from keyreeve.domain.catalogue import AmbiguousTemplate, Catalogue
from keyreeve.domain.marks import MalformedDocument
from keyreeve.domain.operation import ANY_ROLE, Operation
from keyreeve.domain.role import GROUP_OWNER, Roles
from keyreeve.domain.template import MalformedTemplate

MOST = 10_000
"""Operations of one catalogue."""
NAME_LIMIT = 255
TEMPLATE_LIMIT = 2000
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

_VERSION = re.compile(r"3\.[01]\.[0-9]+")
_ORIGIN = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_PRINTABLE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_TEMPLATE = re.compile(r"/[!-\"$->@-~]*")
_OWNERS: Roles = frozenset({GROUP_OWNER})


class Reading(NamedTuple):
    """What a document says."""

    operations: tuple[Operation, ...]
    unclassified: tuple[Operation, ...]
    """Those of them that no mark speaks of: they read for any role, and write for Owners."""


def read(document: object) -> Reading:
    """Read a document of OpenAPI 3.0 or 3.1.

    Raises:
        MalformedDocument: it is none, a mark is unknown or malformed, or two operations cannot
            be told apart; says where.
    """
    whole = marks.mapping(document, "the document")
    if not _VERSION.fullmatch(str(whole.get("openapi", ""))):
        raise MalformedDocument("openapi", "only OpenAPI 3.0 and 3.1 are read")
    operations: list[Operation] = []
    unclassified: list[Operation] = []
    named: dict[str, str] = {}
    for operation, classified, place in _all(whole):
        operations.append(operation)
        if named.setdefault(operation.name, place) != place:
            raise MalformedDocument(place, f"{named[operation.name]} is called the same")
        if len(operations) > MOST:
            raise MalformedDocument("paths", f"there are more than {MOST} operations")
        if not classified:
            unclassified.append(operation)
    if not operations:
        raise MalformedDocument("paths", "there is no operation")
    _check(operations)
    return Reading(tuple(operations), tuple(unclassified))


def _all(whole: Mapping[str, Any]) -> Iterator[tuple[Operation, bool, str]]:
    """Yield every operation under every base path, whether a mark classifies it, and its place."""
    paths = marks.mapping(whole.get("paths", {}), "paths")
    for path, item in paths.items():
        if path.startswith("x-"):
            continue
        place = f"paths.{path}"
        known = marks.followed(whole, marks.mapping(item, place), place)
        for method in METHODS:
            if method in known:
                found = marks.mapping(known[method], f"{place}.{method}")
                yield from _operations(whole, known, found, (path, method))


def _operations(
    whole: Mapping[str, Any],
    item: Mapping[str, Any],
    found: Mapping[str, Any],
    at: tuple[str, str],
) -> Iterator[tuple[Operation, bool, str]]:
    """Yield one operation, once for each base path of its servers."""
    path, method = at
    place = f"paths.{path}.{method}"
    said = marks.read((whole, item, found), place)
    reads = method in {"get", "head"}
    default = ANY_ROLE if reads or said.whitelisted else _OWNERS
    for base in _bases(whole, item, found, place):
        template = base + path
        yield (
            Operation(
                _name(found.get("operationId"), method, template, place),
                method.upper(),
                _sound(template, place),
                roles=said.roles or default,
                whitelisted=bool(said.whitelisted),
                group=said.group,
                slash_in=marks.slashes(whole, item, found, place),
                websocket=said.websocket,
                summary=str(found.get("summary", ""))[:NAME_LIMIT],
            ),
            said.classified,
            place,
        )


def _name(given: object, method: str, template: str, place: str) -> str:
    """Return the `operationId`, or else method and template."""
    if given is None:
        return f"{method.upper()} {template}"[:NAME_LIMIT]
    if not isinstance(given, str) or len(given) > NAME_LIMIT or not _PRINTABLE.fullmatch(given):
        raise MalformedDocument(place, f"{given!r} is no operationId of printable ASCII")
    return given


def _sound(template: str, place: str) -> str:
    if len(template) > TEMPLATE_LIMIT or not _TEMPLATE.fullmatch(template):
        raise MalformedDocument(place, "this is no path, or too long a one")
    return template


def _bases(
    whole: Mapping[str, Any], item: Mapping[str, Any], found: Mapping[str, Any], place: str
) -> tuple[str, ...]:
    """Return the paths of the nearest servers, without repetition; none means the root."""
    nearest: object = next((at["servers"] for at in (found, item, whole) if at.get("servers")), [])
    if not isinstance(nearest, list):
        raise MalformedDocument(place, "servers are a list")
    bases = {_base(marks.mapping(server, f"{place}: servers"), place): None for server in nearest}
    return tuple(bases) or ("",)


def _base(server: Mapping[str, Any], place: str) -> str:
    """Return the path of a server, its variables at their defaults."""
    variables = marks.mapping(server.get("variables", {}), f"{place}: server variables")

    def default(match: re.Match[str]) -> str:
        variable = marks.mapping(variables.get(match[1]), f"{place}: server variable {match[1]}")
        return str(variable.get("default", ""))

    url = _VARIABLE.sub(default, str(server.get("url", "")))
    path = _ORIGIN.sub("", url, count=1).rstrip("/")
    if path and not path.startswith("/"):
        raise MalformedDocument(place, f"the server {url!r} has no path that starts with a slash")
    return path


def _check(operations: list[Operation]) -> None:
    """Compile the catalogue once, as doors will."""
    try:
        Catalogue(operations)
    except AmbiguousTemplate as ambiguous:
        raise MalformedDocument("paths", str(ambiguous)) from None
    except MalformedTemplate as malformed:
        raise MalformedDocument("paths", str(malformed)) from None
