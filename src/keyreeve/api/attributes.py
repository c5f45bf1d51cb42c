"""From JSON to the attributes that an operation takes; whatever does not fit is named."""

import re
from collections.abc import Collection
from typing import Any, ClassVar, TypeVar, get_args, get_origin

import msgspec

from keyreeve.api import strict_json
from keyreeve.api.refusals import (
    AttributeReadOnly,
    InvalidJsonAttribute,
    MissingAttribute,
    UnknownAttribute,
)

BODY = "body"
"""What the whole body is called where an attribute would be named."""

T = TypeVar("T")

# msgspec says: Expected `str`, got `int` - at `$[0].ipAddress`
_MISFIT = re.compile(
    r"(?P<why>.*?)(?: - at `\$(?:\[[^\]]*\])?(?:\.(?P<name>[^.\[`]+))?.*`)?", re.DOTALL
)


class Attributes(msgspec.Struct, frozen=True, rename="camel"):
    """The attributes of one object in a body. `read_only` are those that only answers hold."""

    read_only: ClassVar[frozenset[str]] = frozenset()


def decode(raw: bytes, kind: type[T]) -> T:
    """Return a body as the kind that an operation takes: Attributes, or a list of them.

    Raises:
        InvalidJson: it is not strict JSON.
        UnknownAttribute: one is not known here.
        AttributeReadOnly: one cannot be set.
        MissingAttribute: one is needed.
        InvalidJsonAttribute: one has the wrong type.
    """
    value = strict_json.loads(raw)
    if get_origin(kind) is list:
        if not isinstance(value, list):
            raise InvalidJsonAttribute(BODY, "an array is needed")
        for item in value:
            _check_names(item, get_args(kind)[0])
    else:
        _check_names(value, kind)
    return _fit(value, kind)


def _check_names(value: object, kind: Any) -> None:  # noqa: ANN401  a kind of Attributes
    if not isinstance(value, dict):
        raise InvalidJsonAttribute(BODY, "an object is needed")
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name in value:
        if name not in fields:
            raise _unsettable(name, kind.read_only)
    for name, field in fields.items():
        if field.required and name not in value:
            raise MissingAttribute(name)
        _check_inside(value.get(name), field.type)


def _check_inside(value: object, kind: Any) -> None:  # noqa: ANN401  any type of a field
    """Check the names in a list of objects; what is no list is for the types to refuse."""
    if not isinstance(value, list):
        return
    for one in (kind, *get_args(kind)):
        items = get_args(one)[0] if get_origin(one) is list else object
        for item in value if issubclass(items, Attributes) else ():
            _check_names(item, items)


def _unsettable(name: str, read_only: Collection[str]) -> UnknownAttribute | AttributeReadOnly:
    return AttributeReadOnly(name) if name in read_only else UnknownAttribute(name)


def _fit(value: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        misfit = _MISFIT.fullmatch(str(error))
        name = misfit["name"] if misfit else None
        why = misfit["why"].replace("`", "") if misfit else str(error)
        raise InvalidJsonAttribute(name or BODY, why) from None
