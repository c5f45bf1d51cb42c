"""The catalogue: one operation for a target, or the reason why there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import made
from keyreeve.domain.catalogue import AmbiguousTemplate, Catalogue, Known, Match
from keyreeve.domain.template import MalformedTemplate
from keyreeve.protocol import target
from keyreeve.protocol.target import NotCanonical

ENTRY = "/users/{userId}/whitelist/{entry}"
BASES = ("/api/public/v1.0", "/api/atlas/v1.0")
CATALOGUE = Catalogue(
    [
        made.operation("GET", "/"),
        made.operation("GET", "/groups"),
        made.operation("POST", "/groups"),
        made.operation("GET", "/groups/{groupId}"),
        made.operation("GET", "/groups/byName/{name}", slash_in={"name"}),
        made.operation("GET", "/groups/{groupId}/users"),
        made.operation("GET", "/groups/{groupId}/byName"),
        made.operation("GET", ENTRY, slash_in={"entry"}),
        made.operation("DELETE", ENTRY, slash_in={"entry"}),
        made.operation("HEAD", "/probe"),
        made.operation("GET", "/probe"),
        made.operation("PUT", "/admin;x/{id}"),
        made.operation("PUT", "/admin/{id}"),
        made.operation("PUT", "/{any}/{id}"),
        made.operation("GET", "/q:x"),
        made.operation("GET", "/{any}"),
    ],
    BASES,
)


def find(method: str, path: str, base: str = BASES[0]) -> Match | Known | None:
    return CATALOGUE.find(method, target.parse(base + path))


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(
    ("method", "path", "name", "parameters"),
    [
        ("GET", "", "GET /", {}),
        ("GET", "/", "GET /", {}),
        ("HEAD", "/", "GET /", {}),
        ("GET", "/groups", "GET /groups", {}),
        ("GET", "/groups/", "GET /groups", {}),
        ("POST", "/groups?pretty=true", "POST /groups", {}),
        ("GET", "/groups/5f", "GET /groups/{groupId}", {"groupId": "5f"}),
        ("GET", "/groups/5f/", "GET /groups/{groupId}", {"groupId": "5f"}),
        ("HEAD", "/groups/5f?a=%20", "GET /groups/{groupId}", {"groupId": "5f"}),
        ("GET", "/groups/5%20f", "GET /groups/{groupId}", {"groupId": "5 f"}),
        ("GET", "/groups/5f;a", "GET /groups/{groupId}", {"groupId": "5f;a"}),
        ("GET", "/groups/byName", "GET /groups/{groupId}", {"groupId": "byName"}),
        ("GET", "/groups/byName/users", "GET /groups/byName/{name}", {"name": "users"}),
        ("GET", "/groups/byName/a%2Fb", "GET /groups/byName/{name}", {"name": "a/b"}),
        ("GET", "/groups/byName/%C3%A9", "GET /groups/byName/{name}", {"name": "é"}),
        ("GET", "/groups/x/byName", "GET /groups/{groupId}/byName", {"groupId": "x"}),
        (
            "GET",
            "/users/u/whitelist/::1%2f128",
            f"GET {ENTRY}",
            {"userId": "u", "entry": "::1/128"},
        ),
        ("DELETE", "/users/u/whitelist/a%2Fb", f"DELETE {ENTRY}", {"userId": "u", "entry": "a/b"}),
        ("HEAD", "/probe", "HEAD /probe", {}),
        ("GET", "/q:x", "GET /q:x", {}),
        ("GET", "/q%3Ax", "GET /q:x", {}),
        ("PUT", "/admin;x/1", "PUT /admin;x/{id}", {"id": "1"}),
        ("PUT", "/groups/1", "PUT /{any}/{id}", {"any": "groups", "id": "1"}),
    ],
)
def test_an_operation_is_found(
    method: str, path: str, name: str, parameters: dict[str, str], base: str
) -> None:
    match = find(method, path, base)
    assert isinstance(match, Match)
    assert (match.operation.name, match.parameters) == (name, parameters)


@pytest.mark.parametrize(
    ("method", "path", "methods"),
    [
        ("DELETE", "/groups", ("GET", "HEAD", "POST")),
        ("get", "/groups", ("GET", "HEAD", "POST")),
        ("DELETE", "/groups/5f", ("GET", "HEAD", "PUT")),
        ("PATCH", "/users/u/whitelist/10.0.0.0%2F8", ("DELETE", "GET", "HEAD")),
        ("OPTIONS", "/", ("GET", "HEAD")),
        ("POST", "/admin/1", ("PUT",)),
    ],
)
def test_a_known_path_tells_its_methods(method: str, path: str, methods: tuple[str, ...]) -> None:
    assert find(method, path) == Known(methods)


@pytest.mark.parametrize(
    "path", ["/groups/5f/other", "/users/u/whitelist", "/users/u/whitelist/a/b", "/a/b/c/d/e/f/g"]
)
def test_an_unknown_path_is_none(path: str) -> None:
    assert find("GET", path) is None


@pytest.mark.parametrize("path", ["/", "/groups", "/api/public/groups", "/api/public/v1.0x"])
def test_nothing_answers_beside_the_bases(path: str) -> None:
    assert find("GET", path, "") is None


@pytest.mark.parametrize("path", ["/GROUPS/5f/users", "/groups/5f/Users", "/groups/5f/users%20"])
def test_a_literal_is_matched_letter_by_letter(path: str) -> None:
    assert find("GET", path) is None


@pytest.mark.parametrize(
    "path",
    [
        "/groups/a%2Fb",
        "/groups/a%2Fb/users",
        "/groups%2F5f",
        "/groups/byName%2Fa",
        "/users/a%2Fb/whitelist/::1",
        "/users/a%2Fb/whitelist/a%2Fb",
        "/nowhere/at/all/%2F",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_escaped_slash_where_none_may_stand_is_not_canonical(method: str, path: str) -> None:
    with pytest.raises(NotCanonical):
        find(method, path)


@pytest.mark.parametrize(
    "path",
    ["/admin;a=b/1", "/groups;a/1", "/admin%3Ba/1", "/ADMIN/1", "/Admin;X/1", "/admin./1",
     "/admin%20/1", "/admin.%20;a/1"],
)  # fmt: skip
def test_a_parameter_takes_nothing_that_a_server_may_read_as_a_literal(path: str) -> None:
    assert find("PUT", path) is None


@pytest.mark.parametrize("path", ["/PROBE", "/probe.", "/probe%3Fx", "/probe%23", "/a/b"])
def test_nothing_is_found_where_some_server_would_find_another_operation(path: str) -> None:
    templates = ("/probe", "/{any}", "/a/B", "/{any}/b")
    catalogue = Catalogue([made.operation(template=template) for template in templates])
    assert catalogue.find("GET", target.parse(path)) is None


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/groups/BYNAME"), ("PUT", "/administrator/1"), ("PUT", "/.admin/1"), ("GET", "/~")],
)
def test_a_parameter_takes_what_is_like_a_literal_that_leads_nowhere(
    method: str, path: str
) -> None:
    assert isinstance(find(method, path), Match)


def test_an_empty_segment_is_no_parameter() -> None:
    catalogue = Catalogue([made.operation(template="/groups/{groupId}")])
    assert catalogue.find("GET", target.parse("/groups/")) is None
    assert catalogue.find("GET", target.parse("/groups")) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("GET", "/a"), ("GET", "/a")),
        (("GET", "/a"), ("GET", "/a/")),
        (("GET", "/a/{groupId}"), ("GET", "/a/{userId}")),
        (("HEAD", "/a"), ("HEAD", "/a")),
        (("GET", "/a%20b"), ("GET", "/a b")),
    ],
)
def test_two_operations_that_cannot_be_told_apart_are_refused(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    with pytest.raises(AmbiguousTemplate):
        Catalogue([made.operation(*one), made.operation(*other)])


def test_methods_of_one_path_may_call_its_parameter_differently() -> None:
    read, write = made.operation("GET", "/a/{groupId}"), made.operation("PUT", "/a/{userId}")
    catalogue = Catalogue([read, write])
    assert catalogue.find("PUT", target.parse("/a/1")) == Match(write, {"userId": "1"})
    assert catalogue.find("HEAD", target.parse("/a/1")) == Match(read, {"groupId": "1"})


@pytest.mark.parametrize("order", [("GET", "HEAD"), ("HEAD", "GET")])
def test_a_head_of_its_own_is_kept_whatever_the_order(order: tuple[str, str]) -> None:
    catalogue = Catalogue([made.operation(method, "/a") for method in order])
    match = catalogue.find("HEAD", target.parse("/a"))
    assert isinstance(match, Match)
    assert match.operation.method == "HEAD"


def test_a_malformed_template_is_refused() -> None:
    with pytest.raises(MalformedTemplate):
        Catalogue([made.operation(template="/{groupId}.json")])


def test_operations_are_kept_in_their_order() -> None:
    operations = [made.operation(template=path) for path in ("/b", "/a")]
    assert Catalogue(iter(operations)).operations == tuple(operations)


segments = st.sampled_from(["a", "b", "c", "{x}", "{y}"])
templates = st.lists(segments, max_size=4, unique_by=lambda s: s if "{" in s else object())


def _fits(template: str, path: str) -> bool:
    """Tell whether a path matches a template, segment by segment."""
    wanted, given_ = template.split("/"), path.split("/")
    return len(wanted) == len(given_) and all(
        (have and want[:1] == "{") or want == have
        for want, have in zip(wanted, given_, strict=True)
    )


def _preference(template: str) -> list[bool]:
    """Sort literals before parameters, from the left."""
    return [segment[:1] == "{" for segment in template.split("/")]


@given(
    st.lists(templates.map(lambda parts: "/" + "/".join(parts)), max_size=12),
    st.lists(st.sampled_from("abcd"), max_size=4).map(lambda parts: "/" + "/".join(parts)),
)
def test_the_operation_found_is_the_most_literal_of_those_that_fit(
    paths: list[str], path: str
) -> None:
    by_shape = {tuple(_preference(p)) + tuple(p.replace("y", "x").split("/")): p for p in paths}
    catalogue = Catalogue([made.operation(template=p) for p in by_shape.values()])
    fitting = sorted((p for p in by_shape.values() if _fits(p, path)), key=_preference)
    match = catalogue.find("GET", target.parse(path))
    found = match.operation.template if isinstance(match, Match) else None
    assert found == (fitting[0] if fitting else None)


class TestWay:
    """What matches the plain targets of one operation, and nobody else's."""

    def test_a_way_reads_the_parameters(self) -> None:
        things = made.operation("GET", "/groups/{groupId}/things/{thing}")
        way = Catalogue([things], ["", "/v1"]).way(things, target.parse("/v1/groups/g/things/t"))
        assert way is not None
        for text in ("/v1/groups/a/things/b", "/v1/groups/a/things/b/?c=/d/../e"):
            found = way.fullmatch(text)
            assert found is not None
            assert found.groups() == ("a", "b")

    @pytest.mark.parametrize(
        "text",
        ["/groups/a/things/b", "/v1/groups/a/things", "/v1/groups/a/things/b/c", "/v1/groups/../b",
         "/v1/groups/./things/b", "/v1/groups/a/things/%62", "/v1/groups/a;b/things/b",
         "/v1/groups/a/things/b//", "/v1/groups/a/things/b#c", "/v1/groups/a/things/..;"],
    )  # fmt: skip
    def test_a_way_is_of_plain_targets_under_its_base(self, text: str) -> None:
        things = made.operation("GET", "/groups/{groupId}/things/{thing}")
        way = Catalogue([things], ["", "/v1"]).way(things, target.parse("/v1/groups/g/things/t"))
        assert way is not None
        assert way.fullmatch(text) is None

    def test_there_is_none_where_another_path_might_match(self) -> None:
        by_id = made.operation("GET", "/users/{userId}/keys")
        by_name = made.operation("POST", "/users/byName/{name}")
        plain = made.operation("GET", "/users/{userId}")
        catalogue = Catalogue([by_id, by_name, plain])
        assert catalogue.way(by_id, target.parse("/users/u/keys")) is None
        assert catalogue.way(plain, target.parse("/users/u")) is not None
        assert catalogue.way(plain, target.parse("/users/%40")) is None

    def test_there_is_none_where_another_path_is_like_it(self) -> None:
        upper = made.operation("GET", "/users/{userId}/Keys")
        lower = made.operation("GET", "/users/me/keys")
        assert Catalogue([upper, lower]).way(upper, target.parse("/users/u/Keys")) is None

    def test_another_method_of_the_same_path_is_no_rival(self) -> None:
        read, write = made.operation("GET", "/a/{b}"), made.operation("POST", "/a/{b}")
        assert Catalogue([read, write]).way(read, target.parse("/a/b")) is not None

    def test_the_root_has_a_way(self) -> None:
        root = made.operation("GET", "/")
        way = Catalogue([root]).way(root, target.parse("/"))
        assert way is not None
        assert way.fullmatch("/?a=b") is not None
        assert way.fullmatch("/a") is None

    @given(st.data())
    def test_what_a_way_matches_is_found_to_be_its_operation(self, data: st.DataObject) -> None:
        words = st.sampled_from(
            [
                "groups",
                "users",
                "byName",
                "whitelist",
                "x",
                "5a",
                ".",
                "..",
                "%41",
                "a;b",
                "",
                "USERS",
                "byname",
                "whitelist.",
            ]
        )
        segments = data.draw(st.lists(words, max_size=4))
        text = "".join(f"/{word}" for word in [*BASES[0].split("/")[1:], *segments]) + "?q=/"
        for operation in CATALOGUE.operations:
            sample = BASES[0] + operation.template.replace("{", "").replace("}", "")
            way = CATALOGUE.way(operation, target.parse(sample))
            matched = way.fullmatch(text) if way else None
            if matched is not None:
                found = CATALOGUE.find(operation.method, target.parse(text))
                assert isinstance(found, Match)
                assert found.operation is operation
                assert tuple(found.parameters.values()) == matched.groups()
