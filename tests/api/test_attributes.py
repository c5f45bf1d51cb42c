from typing import Any, ClassVar

import pytest
from msgspec import UNSET, UnsetType

from keyreeve.api import attributes
from keyreeve.api.attributes import Attributes
from keyreeve.api.refusals import (
    AttributeReadOnly,
    InvalidJsonAttribute,
    MissingAttribute,
    UnknownAttribute,
)
from keyreeve.domain.errors import Refusal


class Door(Attributes, frozen=True):
    door_name: str
    locked: bool | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET

    read_only: ClassVar[frozenset[str]] = frozenset({"id"})


class House(Attributes, frozen=True):
    name: str = ""
    doors: list[Door] | UnsetType = UNSET


def test_objects_within_an_object() -> None:
    house = attributes.decode(b'{"doors": [{"doorName": "front"}]}', House)
    assert house == House("", [Door("front")])
    assert attributes.decode(b"{}", House) == House()


@pytest.mark.parametrize(
    ("raw", "refusal", "name"),
    [
        (b'{"doors": [{"doorName": "a", "colour": 1}]}', UnknownAttribute, "colour"),
        (b'{"doors": [{"doorName": "a"}, {}]}', MissingAttribute, "doorName"),
        (b'{"doors": [{"doorName": "a", "id": 1}]}', AttributeReadOnly, "id"),
        (b'{"doors": [1]}', InvalidJsonAttribute, "body"),
        (b'{"doors": 1}', InvalidJsonAttribute, "doors"),
        (b'{"doors": [{"doorName": 1}]}', InvalidJsonAttribute, "doors"),
    ],
)
def test_what_does_not_fit_within_is_named(raw: bytes, refusal: type[Refusal], name: str) -> None:
    with pytest.raises(refusal) as refused:
        attributes.decode(raw, House)
    assert refused.value.parameters[0] == name


def test_one_object() -> None:
    door = attributes.decode(b'{"doorName": "front", "tags": ["a"]}', Door)
    assert door == Door("front", UNSET, ["a"])


def test_a_list_of_them() -> None:
    doors = attributes.decode(b'[{"doorName": "a", "locked": true}, {"doorName": "b"}]', list[Door])
    assert doors == [Door("a", True), Door("b")]


@pytest.mark.parametrize(
    ("raw", "kind", "refusal", "name"),
    [
        (b"[]", Door, InvalidJsonAttribute, "body"),
        (b"{}", list[Door], InvalidJsonAttribute, "body"),
        (b"[1]", list[Door], InvalidJsonAttribute, "body"),
        (b"{}", Door, MissingAttribute, "doorName"),
        (b'{"doorName": "a", "id": 1}', Door, AttributeReadOnly, "id"),
        (b'{"doorName": "a", "hinge": 1}', Door, UnknownAttribute, "hinge"),
        (b'{"doorName": "a", "door_name": "b"}', Door, UnknownAttribute, "door_name"),
        (b'{"doorName": 1}', Door, InvalidJsonAttribute, "doorName"),
        (b'[{"doorName": "a"}, {"doorName": 1}]', list[Door], InvalidJsonAttribute, "doorName"),
        (b'{"doorName": "a", "locked": 1}', Door, InvalidJsonAttribute, "locked"),
        (b'{"doorName": "a", "locked": null}', Door, InvalidJsonAttribute, "locked"),
        (b'{"doorName": "a", "tags": ["a", 1]}', Door, InvalidJsonAttribute, "tags"),
    ],
)
def test_what_does_not_fit_is_named(
    raw: bytes, kind: Any, refusal: type[Refusal], name: str
) -> None:
    with pytest.raises(refusal) as refused:
        attributes.decode(raw, kind)
    assert refused.value.parameters[0] == name
