"""Marks: what an OpenAPI document says to doors, beside what it says to everybody."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from keyreeve.domain.operation import ANY_ROLE, Named
from keyreeve.domain.role import Roles

PREFIX = "x-keyreeve-"
FIXED_LIMIT = 255

_MARKS = ("roles", "whitelisted", "group", "websocket")
_SLASH = "x-keyreeve-slash"
_ROLE = re.compile(r"GROUP_[A-Z0-9_]{1,58}")
_FIELD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}")
_REFERENCE = re.compile(r"#(?:/[^/]+)+")


class MalformedDocument(ValueError):
    """A document is not what it should be; says where, and why."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


class Said(NamedTuple):
    """What the marks of one operation say."""

    roles: Roles | None
    whitelisted: bool | None
    group: Named | None
    websocket: bool

    @property
    def classified(self) -> bool:
        """Whether anybody thought about who may call it."""
        return self.roles is not None or self.whitelisted is not None


def read(levels: Sequence[Mapping[str, Any]], place: str) -> Said:
    """Read the marks of an operation from the levels of a document, the nearest last.

    Raises:
        MalformedDocument: a mark is unknown or malformed.
    """
    found: dict[str, object] = {}
    for level in levels:
        for key, value in level.items():
            if key.lower().startswith(PREFIX):
                name = key.removeprefix(PREFIX)
                if name not in _MARKS:
                    raise MalformedDocument(place, f"there is no mark {key}")
                found[name] = value
    return Said(
        None if "roles" not in found else _roles(found["roles"], place),
        None if "whitelisted" not in found else _switch("whitelisted", found, place),
        None if found.get("group") is None else _group(found["group"], place),
        "websocket" in found and _switch("websocket", found, place),
    )


def slashes(
    whole: Mapping[str, Any], item: Mapping[str, Any], found: Mapping[str, Any], place: str
) -> frozenset[str]:
    """Return the path parameters in which `%2F` may stand: those marked with `x-keyreeve-slash`."""
    names: dict[str, bool] = {}
    for level in (item, found):
        parameters = level.get("parameters", [])
        if not isinstance(parameters, list):
            raise MalformedDocument(place, "parameters are a list")
        for parameter in parameters:
            known = followed(whole, mapping(parameter, f"{place}: a parameter"), place)
            if known.get("in") == "path":
                marked = {_SLASH: known.get(_SLASH, False)}
                names[str(known.get("name"))] = _switch("slash", marked, place, key=_SLASH)
    return frozenset(name for name, marked in names.items() if marked)


def mapping(value: object, place: str) -> Mapping[str, Any]:
    """Accept an object whose keys are text.

    Raises:
        MalformedDocument: it is something else.
    """
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise MalformedDocument(place, "an object is needed")
    return value


def followed(whole: Mapping[str, Any], part: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """Return what a local `$ref` leads to, or else the part itself.

    Raises:
        MalformedDocument: it leads out of the document, nowhere, or on and on.
    """
    if "$ref" not in part:
        return part
    reference = part["$ref"]
    if not isinstance(reference, str) or not _REFERENCE.fullmatch(reference):
        raise MalformedDocument(place, f"{reference!r} does not lead to a part of this document")
    there: object = whole
    for step in reference.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        there = mapping(there, f"{place}: {reference}").get(name)
    target = mapping(there, f"{place}: {reference}")
    if "$ref" in target:
        raise MalformedDocument(place, f"{reference} leads to another reference")
    return target


def _roles(value: object, place: str) -> Roles:
    if value == ["*"]:
        return ANY_ROLE
    if not isinstance(value, list) or not value:
        raise MalformedDocument(place, 'x-keyreeve-roles is a list of roles, or ["*"] for any')
    for role in value:
        if not isinstance(role, str) or not _ROLE.fullmatch(role):
            raise MalformedDocument(
                place,
                f"{role!r} is no role: GROUP_ and capitals (a GLOBAL_ role counts as its twin)",
            )
    return frozenset(value)


def _switch(name: str, found: Mapping[str, object], place: str, *, key: str = "") -> bool:
    value = found[key or name]
    if not isinstance(value, bool):
        raise MalformedDocument(place, f"{PREFIX}{name} is true or false, not {value!r}")
    return value


def _group(value: object, place: str) -> Named:
    """Read where the group of a call is named."""
    if isinstance(value, str) and value:
        return Named(value)
    if isinstance(value, dict) and len(value) == 1:
        ((source, name),) = value.items()
        if source == "header" and isinstance(name, str) and _FIELD.fullmatch(name):
            return Named(name.lower(), source="header")
        if source == "fixed" and isinstance(name, str) and 0 < len(name) <= FIXED_LIMIT:
            return Named(name, source="fixed")
    raise MalformedDocument(
        place, "x-keyreeve-group is the name of a path parameter, {header: NAME} or {fixed: ID}"
    )
