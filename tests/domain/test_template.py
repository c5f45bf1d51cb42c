"""Path templates: whole literals and whole parameters, or none."""

import pytest

import made
from keyreeve.domain import template
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.template import MalformedTemplate, Path


@pytest.mark.parametrize(
    ("base", "text", "literals", "places"),
    [
        ("", "/", (), ()),
        ("", "", (), ()),
        ("/api/v1.0", "", ("api", "v1.0"), ()),
        ("/api/v1.0/", "/", ("api", "v1.0"), ()),
        ("", "/groups", ("groups",), ()),
        ("", "/groups/", ("groups",), ()),
        ("/api", "/groups/{groupId}", ("api", "groups", None), (("groupId", 2),)),
        ("", "/{a}/b/{c}/d", (None, "b", None, "d"), (("a", 0), ("c", 2))),
        ("", "/a%20b/é", ("a b", "é"), ()),
    ],
)
def test_a_template_is_cut_at_its_slashes(
    base: str, text: str, literals: tuple[str | None, ...], places: tuple[tuple[str, int], ...]
) -> None:
    assert template.cut(made.operation(template=text), base) == Path(literals, places)


@pytest.mark.parametrize(
    "text",
    [
        "groups",
        "//",
        "/a//b",
        "/{}",
        "/{a}.json",
        "/v{a}",
        "/{a}{b}",
        "/{a",
        "/a}",
        "/{a}/{a}",
        "/%zz",
        "/%ff",
        "x/{a}",
    ],
)
def test_any_other_template_is_refused(text: str) -> None:
    with pytest.raises(MalformedTemplate):
        template.cut(made.operation(template=text), "")


@pytest.mark.parametrize(
    "operation",
    [
        Operation("x", "GET", "/groups", group=Named("groupId")),
        Operation("x", "GET", "/users", user=Named("userId")),
        Operation("x", "GET", "/users/{id}", user=Named("userId")),
        Operation("x", "GET", "/{entry}", slash_in=frozenset({"entries"})),
    ],
)
def test_an_operation_that_reads_a_name_from_nowhere_is_refused(operation: Operation) -> None:
    with pytest.raises(MalformedTemplate, match="has no parameter"):
        template.cut(operation, "")
