"""Targets: one reading or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.protocol import target
from keyreeve.protocol.target import NotCanonical

CANONICAL = {
    "/": ("",),
    "/a": ("a",),
    "/a/": ("a", ""),
    "/groups/5f/users": ("groups", "5f", "users"),
    "/...": ("...",),
    "/.well-known/..x": (".well-known", "..x"),
    "/a..b/c.": ("a..b", "c."),
    "/-._~!$&'()*+,;=:@": ("-._~!$&'()*+,;=:@",),
    "/users/byName/ada@example.org": ("users", "byName", "ada@example.org"),
    "/a%20b": ("a%20b",),
    "/%C3%A9/%e2%82%ac": ("%C3%A9", "%e2%82%ac"),
    "/whitelist/10.0.0.0%2F8": ("whitelist", "10.0.0.0%2F8"),
    "/whitelist/10.0.0.0%2f8": ("whitelist", "10.0.0.0%2f8"),
    "/%40%3A%3b%5B%7D": ("%40%3A%3b%5B%7D",),
    "/...%2F...": ("...%2F...",),
}
NOT_CANONICAL = {
    "no origin form": (
        "",
        "a",
        "*",
        "a/b",
        "http://h/",
        "//h/",
        "h:443",
        "?a",
        " /a",
    ),
    "empty segments": (
        "//",
        "//admin",
        "/a//",
        "/a//b",
        "/pub//..//admin",
    ),
    "dot segments, seen before or after one decoding, or by servers that cut at `;` or spaces": (
        "/.",
        "/..",
        "/./admin",
        "/pub/../admin",
        "/a/.",
        "/a/..",
        "/a/./",
        "/pub/..;/admin",
        "/..;a=b",
        "/.;",
        "/pub/%2e%2e/admin",
        "/%2E",
        "/pub%2f..%2fadmin",
        "/pub/..%2fadmin",
        "/a%2F.",
        "/a%2F..",
        "/a%2F..;/b",
        "/..%3B/admin",
        "/pub/..%20/admin",
        "/.%20",
        "/.%3ba",
        "/..?a",
    ),
    "escapes of what needs none, or of what must not be said": (
        "/%61dmin",
        "/%7E",
        "/%2D",
        "/%5f",
        "/%30",
        "/admin%00",
        "/admin%00/../pub",
        "/%0a",
        "/%7f",
        "/admin%0d%0aX:1",
        "/admin%09",
        "/pub%5c..%5cadmin",
        "/%5C",
        "/%252e%252e/admin",
        "/a%25",
    ),
    "broken escapes and broken UTF-8": (
        "/%",
        "/%2",
        "/%zz",
        "/%2/",
        "/%c0%aedmin",
        "/%C3",
        "/%ff",
        "/%ED%A0%80",
        "/%C3/%A9",
        "/%F4%90%80%80",
        "/%C2%85",
    ),
    "what stands in no path": (
        "/admin#f",
        "/a?b#c",
        "/a b",
        "/a\\b",
        "\\admin",
        '/"',
        "/<",
        "/>",
        "/^",
        "/`",
        "/{a}",
        "/|",
        "/[a]",
        "/é",
        "/a\n",
        "/a\r\nX: 1",
        "/a\t",
        "/a\x00",
        "/a\x7f",
        "/\x85",
        "/a?b\n",
        "/a?é",
    ),
}


@pytest.mark.parametrize("text", CANONICAL)
def test_a_canonical_path_is_cut_at_its_slashes(text: str) -> None:
    found = target.parse(text)
    assert (found.raw, found.segments, found.query) == (text, CANONICAL[text], None)
    assert found.slashes == ("%2f" in text.lower())
    assert target.parse(text.encode()) == found


@pytest.mark.parametrize(
    "text", [text for texts in NOT_CANONICAL.values() for text in texts], ids=ascii
)
def test_any_other_target_is_refused(text: str) -> None:
    with pytest.raises(NotCanonical):
        target.parse(text)
    with pytest.raises(NotCanonical):
        target.parse(text.encode("utf-8"))
    with pytest.raises(NotCanonical):
        target.parse(text.encode("latin-1"))


@pytest.mark.parametrize(
    "query", ["", "a=b", "a=%41&b=%zz", "/../admin", "?", 'a=[1]|{2}"<>^`\\', "%00", "a=//;b"]
)
def test_a_query_is_kept_as_it_is(query: str) -> None:
    found = target.parse(f"/a?{query}")
    assert (found.segments, found.query, found.slashes) == (("a",), query, False)


def test_a_slash_is_marked_in_the_path_only() -> None:
    assert not target.parse("/a%20b?c=%2F").slashes


@pytest.mark.parametrize(
    ("segment", "text"),
    [("a", "a"), ("a%20b", "a b"), ("10.0.0.0%2F8", "10.0.0.0/8"), ("%e2%82%AC", "€"), ("", "")],
)
def test_a_segment_is_unescaped_once(segment: str, text: str) -> None:
    assert target.unescape(segment) == text


UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def escaped(text: str) -> str:
    return "".join(
        c if c in UNRESERVED else "".join(f"%{byte:02X}" for byte in c.encode()) for c in text
    )


names = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\\%/"), min_size=1
)


@given(st.lists(names.filter(lambda text: text.split(";")[0] not in {".", ".."}), min_size=1))
def test_names_survive_in_a_path(path: list[str]) -> None:
    found = target.parse("/" + "/".join(map(escaped, path)))
    assert [target.unescape(segment) for segment in found.segments] == path


@given(st.text() | st.text("/.;%2eEfF5cC?#a\\ ").map("/".__add__) | st.binary())
def test_no_target_does_more_harm_than_to_be_refused(raw: str | bytes) -> None:
    try:
        found = target.parse(raw)
    except NotCanonical:
        return
    assert target.parse(found.raw) == found
    path = "/" + "/".join(found.segments)
    assert found.raw == path + ("" if found.query is None else f"?{found.query}")
    assert "" not in found.segments[:-1]
    assert all(part not in {".", ".."} for part in target.unescape(path).split("/"))
