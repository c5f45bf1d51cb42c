from typing import Any

import pytest

from keyreeve.domain import marks
from keyreeve.domain.marks import MalformedDocument
from keyreeve.domain.operation import ANY_ROLE, Named

NOTHING = marks.Said(None, None, None, websocket=False)


def said(*levels: dict[str, Any]) -> marks.Said:
    return marks.read(levels, "there")


def test_a_document_may_say_nothing() -> None:
    assert said({"summary": "x"}) == NOTHING
    assert not NOTHING.classified


@pytest.mark.parametrize(
    ("mark", "value", "field", "read"),
    [
        ("roles", ["GROUP_OWNER", "GROUP_DEPLOYER_2"], "roles",
         frozenset({"GROUP_OWNER", "GROUP_DEPLOYER_2"})),
        ("roles", ["*"], "roles", ANY_ROLE),
        ("whitelisted", True, "whitelisted", True),
        ("whitelisted", False, "whitelisted", False),
        ("websocket", True, "websocket", True),
        ("group", "groupId", "group", Named("groupId")),
        ("group", {"header": "X-Group"}, "group", Named("x-group", source="header")),
        ("group", {"fixed": "5f" * 12}, "group", Named("5f" * 12, source="fixed")),
        ("group", None, "group", None),
    ],
)  # fmt: skip
def test_each_mark_is_read(mark: str, value: object, field: str, read: object) -> None:
    assert getattr(said({f"x-keyreeve-{mark}": value}), field) == read


def test_the_nearest_mark_counts() -> None:
    whole = {"x-keyreeve-group": "a", "x-keyreeve-whitelisted": True}
    item = {"x-keyreeve-group": "b"}
    found = said(whole, item, {"x-keyreeve-whitelisted": False})
    assert (found.group, found.whitelisted) == (Named("b"), False)
    assert said(whole, {"x-keyreeve-group": None}).group is None


@pytest.mark.parametrize("mark", ["roles", "whitelisted"])
def test_who_may_call_is_what_classifies(mark: str) -> None:
    value = False if mark == "whitelisted" else ["*"]
    assert said({f"x-keyreeve-{mark}": value}).classified
    assert not said({"x-keyreeve-group": "a", "x-keyreeve-websocket": True}).classified


@pytest.mark.parametrize(
    "level",
    [
        {"x-keyreeve-whitelist": True},
        {"x-keyreeve-role": ["GROUP_OWNER"]},
        {"X-Keyreeve-Roles": ["GROUP_OWNER"]},
        {"x-keyreeve-roles": "GROUP_OWNER"},
        {"x-keyreeve-roles": []},
        {"x-keyreeve-roles": None},
        {"x-keyreeve-roles": ["GLOBAL_OWNER"]},
        {"x-keyreeve-roles": ["OWNER"]},
        {"x-keyreeve-roles": ["GROUP_owner"]},
        {"x-keyreeve-roles": ["GROUP_"]},
        {"x-keyreeve-roles": ["GROUP_" + "A" * 59]},
        {"x-keyreeve-roles": ["GROUP_OWNER", "*"]},
        {"x-keyreeve-roles": ["GROUP_\u00c4"]},
        {"x-keyreeve-roles": [1]},
        {"x-keyreeve-whitelisted": "true"},
        {"x-keyreeve-whitelisted": 1},
        {"x-keyreeve-whitelisted": None},
        {"x-keyreeve-websocket": "yes"},
        {"x-keyreeve-group": ""},
        {"x-keyreeve-group": 1},
        {"x-keyreeve-group": []},
        {"x-keyreeve-group": {}},
        {"x-keyreeve-group": {"path": "a"}},
        {"x-keyreeve-group": {"header": "X Group"}},
        {"x-keyreeve-group": {"header": ""}},
        {"x-keyreeve-group": {"header": ["a"]}},
        {"x-keyreeve-group": {"fixed": ""}},
        {"x-keyreeve-group": {"fixed": 1}},
        {"x-keyreeve-group": {"header": "a", "fixed": "b"}},
    ],
    ids=str,
)
def test_a_mark_that_nobody_understands_is_refused_with_its_place(level: dict[str, Any]) -> None:
    with pytest.raises(MalformedDocument, match=r"^there: "):
        said(level)


def slashed(*parameters: object, whole: dict[str, Any] | None = None) -> frozenset[str]:
    return marks.slashes(whole or {}, {}, {"parameters": list(parameters)}, "there")


def test_slashes_stand_where_a_parameter_says_so() -> None:
    entry = {"name": "entry", "in": "path", "x-keyreeve-slash": True}
    plain = {"name": "id", "in": "path"}
    query = {"name": "q", "in": "query", "x-keyreeve-slash": True}
    assert slashed(entry, plain, query) == {"entry"}
    reference = {"$ref": "#/components/parameters/a~1b"}
    assert slashed(reference, whole={"components": {"parameters": {"a/b": entry}}}) == {"entry"}
    item = {"parameters": [entry]}
    nearer = {"parameters": [{"name": "entry", "in": "path"}]}
    assert marks.slashes({}, item, {}, "there") == {"entry"}
    assert marks.slashes({}, item, nearer, "there") == frozenset()


@pytest.mark.parametrize(
    "parameter",
    [
        1,
        {"name": "a", "in": "path", "x-keyreeve-slash": "yes"},
        {"$ref": "other.json#/a"},
        {"$ref": "#/nowhere"},
        {"$ref": "#"},
        {"$ref": 1},
        {"$ref": "#/components/loop"},
    ],
    ids=str,
)
def test_a_parameter_that_cannot_be_read_is_refused(parameter: object) -> None:
    with pytest.raises(MalformedDocument, match=r"^there"):
        slashed(parameter, whole={"components": {"loop": {"$ref": "#/components/loop"}}})
    with pytest.raises(MalformedDocument):
        marks.slashes({}, {"parameters": {}}, {}, "there")
