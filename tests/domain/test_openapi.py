from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.domain import openapi
from keyreeve.domain.marks import MalformedDocument
from keyreeve.domain.operation import ANY_ROLE, Named, Operation

OWNERS = frozenset({"GROUP_OWNER"})


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths} | more


def read(paths: dict[str, Any], **more: Any) -> tuple[Operation, ...]:
    return openapi.read(document(paths, **more)).operations


def one(path: str = "/a", method: str = "get", **found: Any) -> Operation:
    (operation,) = read({path: {method: found}})
    return operation


def test_an_operation_is_read_with_its_marks() -> None:
    marks: dict[str, Any] = {
        "x-keyreeve-roles": ["GROUP_OWNER", "GROUP_DEPLOYER"],
        "x-keyreeve-whitelisted": True,
        "x-keyreeve-group": "groupId",
    }
    slash = {"name": "name", "in": "path", "x-keyreeve-slash": True}
    operation = one(
        "/groups/{groupId}/clusters/{name}", "delete",
        operationId="dropCluster", summary="Drop.", parameters=[slash], **marks,
    )  # fmt: skip
    assert operation == Operation(
        "dropCluster", "DELETE", "/groups/{groupId}/clusters/{name}",
        roles=frozenset({"GROUP_OWNER", "GROUP_DEPLOYER"}), whitelisted=True,
        group=Named("groupId"), slash_in=frozenset({"name"}), summary="Drop.",
    )  # fmt: skip


def test_without_marks_any_role_reads_and_owners_write() -> None:
    for method in openapi.METHODS:
        operation = one(method=method)
        assert operation.roles == (ANY_ROLE if method in {"get", "head"} else OWNERS)
        assert (operation.whitelisted, operation.group) == (False, None)
    assert one().name == "GET /a"


def test_what_no_mark_speaks_of_is_told() -> None:
    reading = openapi.read(document({
        "/a": {"get": {"operationId": "one"}, "put": {"x-keyreeve-roles": ["GROUP_OWNER"]}},
        "/b": {"x-keyreeve-whitelisted": False, "get": {}},
        "/c": {"x-keyreeve-group": {"fixed": "g"}, "get": {"operationId": "two"}},
    }))  # fmt: skip
    assert [operation.name for operation in reading.unclassified] == ["one", "two"]
    assert len(reading.operations) == 4


def test_marks_of_the_whole_document_count_for_all() -> None:
    whole: dict[str, Any] = {"x-keyreeve-group": {"header": "X-Group"}}
    (operation,) = read({"/a": {"get": {}}}, **whole)
    assert operation.group == Named("x-group", source="header")


@pytest.mark.parametrize(
    ("servers", "templates"),
    [
        ([], ["/a"]),
        ([{"url": "/"}], ["/a"]),
        ([{"url": "https://api.example.org"}], ["/a"]),
        ([{"url": "https://api.example.org/v1/"}], ["/v1/a"]),
        ([{"url": "//api.example.org/v1"}], ["/v1/a"]),
        ([{"url": "/v1"}, {"url": "https://b.example.org/v1"}], ["/v1/a"]),
        ([{"url": "/v1"}, {"url": "/v2"}], ["/v1/a", "/v2/a"]),
        (
            [{"url": "{scheme}://h:{port}/{base}", "variables": {
                "scheme": {"default": "https"}, "port": {"default": 80}, "base": {"default": "v3"},
            }}],
            ["/v3/a"],
        ),
    ],
)  # fmt: skip
def test_paths_start_with_those_of_the_servers(servers: list[Any], templates: list[str]) -> None:
    assert [o.template for o in read({"/a": {"get": {}}}, servers=servers)] == templates


def test_the_nearest_servers_count() -> None:
    paths = {
        "/a": {
            "servers": [{"url": "/item"}],
            "get": {"servers": [{"url": "/operation"}]},
            "put": {},
        },
        "/b": {"get": {}},
    }
    found = read(paths, servers=[{"url": "/whole"}])
    assert [o.template for o in found] == ["/operation/a", "/item/a", "/whole/b"]


def test_a_path_may_stand_elsewhere_in_the_document() -> None:
    more = {"components": {"pathItems": {"a": {"get": {"operationId": "there"}}}}}
    assert read({"/a": {"$ref": "#/components/pathItems/a"}}, **more)[0].name == "there"


def test_extensions_and_foreign_keys_are_no_operations() -> None:
    paths = {"x-note": 1, "/a": {"summary": "s", "query": {}, "x-y": {}, "get": {}}}
    assert [o.name for o in read(paths)] == ["GET /a"]


MALFORMED: dict[str, Any] = {
    "nothing": None,
    "a list": [],
    "Swagger": {"swagger": "2.0", "paths": {"/a": {"get": {}}}},
    "another version": document({"/a": {"get": {}}}) | {"openapi": "4.0.0"},
    "a version that is no text": document({"/a": {"get": {}}}) | {"openapi": 3.1},
    "no paths": {"openapi": "3.1.0"},
    "no operations": document({"/a": {}}),
    "paths that are a list": document([]),  # type: ignore[arg-type]
    "a path that is a list": document({"/a": []}),
    "an operation that is text": document({"/a": {"get": "x"}}),
    "a key that is no text": document({1: {"get": {}}}),  # type: ignore[dict-item]
    "no leading slash": document({"a": {"get": {}}}),
    "a query in a path": document({"/a?b": {"get": {}}}),
    "a fragment in a path": document({"/a#b": {"get": {}}}),
    "a space in a path": document({"/a b": {"get": {}}}),
    "a path too long": document({"/" + "a" * 2000: {"get": {}}}),
    "an empty segment": document({"/a//b": {"get": {}}}),
    "a parameter within a segment": document({"/a.{format}": {"get": {}}}),
    "a parameter twice": document({"/{a}/{a}": {"get": {}}}),
    "two templates of one shape": document({"/a/{b}": {"get": {}}, "/a/{c}": {"get": {}}}),
    "a trailing slash as the difference": document({"/a": {"get": {}}, "/a/": {"get": {}}}),
    "a group from nowhere": document({"/a": {"get": {"x-keyreeve-group": "groupId"}}}),
    "an unknown mark": document({"/a": {"get": {"x-keyreeve-public": True}}}),
    "an operationId that is none": document({"/a": {"get": {"operationId": "a\nb"}}}),
    "an operationId that is a number": document({"/a": {"get": {"operationId": 1}}}),
    "one name for two": document({
        "/a": {"get": {"operationId": "x"}}, "/b": {"get": {"operationId": "x"}},
    }),
    "servers that are no list": document({"/a": {"get": {}}}, servers={"url": "/"}),
    "a server that is text": document({"/a": {"get": {}}}, servers=["/v1"]),
    "a server without a slash": document({"/a": {"get": {}}}, servers=[{"url": "v1"}]),
    "a server variable of nobody": document({"/a": {"get": {}}}, servers=[{"url": "/{v}"}]),
    "a path that leads out": document({"/a": {"$ref": "other.yaml"}}),
    "too many": document({f"/{n}": {"get": {}} for n in range(openapi.MOST + 1)}),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_what_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(MalformedDocument):
        openapi.read(MALFORMED[name])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from([
    "get", "post", "parameters", "servers", "$ref", "operationId", "x-keyreeve-roles", "url",
    "x-keyreeve-group", "x-keyreeve-whitelisted", "variables", "name", "in", "x-keyreeve-slash",
])  # fmt: skip
ITEMS = st.recursive(JSON, lambda inner: st.dictionaries(KEYS, inner, max_size=4), max_leaves=12)


@given(st.dictionaries(st.sampled_from(["/a", "/{b}", "/a/{c}", "x"]), ITEMS, max_size=3), ITEMS)
def test_a_document_is_read_or_refused(paths: dict[str, Any], servers: Any) -> None:
    for whole in (document(paths), document(paths, servers=servers)):
        try:
            openapi.read(whole)
        except MalformedDocument as refused:
            assert refused.reason  # noqa: PT017 - it may be sound, too
