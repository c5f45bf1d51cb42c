import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from keyreeve.api import links as linking
from keyreeve.api import query
from keyreeve.api.links import BASES, Links
from keyreeve.protocol import target

LINKS = Links("http://a/base")


@pytest.mark.parametrize(
    ("segment", "escaped"),
    [
        ("10.0.0.0/8", "10.0.0.0%2F8"), ("ada@example.org", "ada@example.org"),
        ("2001:db8::/32", "2001:db8::%2F32"), ("a b", "a%20b"), ("a?b#c", "a%3Fb%23c"),
        ("ä", "%C3%A4"),
    ],
)  # fmt: skip
def test_segments_are_escaped_where_they_must_be(segment: str, escaped: str) -> None:
    assert LINKS.href("users", segment) == f"http://a/base/users/{escaped}"


@given(st.text(st.characters(exclude_categories=("C",), exclude_characters="%\\"), min_size=1))
def test_every_link_is_a_canonical_target_that_says_what_was_meant(segment: str) -> None:
    if segment in (".", "..") or any(part in ("", ".", "..") for part in segment.split("/")):
        return
    path = LINKS.href(segment).removeprefix("http://a")
    try:
        parsed = target.parse(path)
    except target.NotCanonical:
        assert ";" in segment or "?" in segment
        return
    assert target.unescape(parsed.segments[-1]) == segment


@pytest.mark.parametrize(
    ("page", "total", "relations"),
    [
        (1, 0, ["self"]), (1, 10, ["self"]), (1, 11, ["self", "next"]),
        (2, 11, ["self", "previous"]), (2, 21, ["self", "previous", "next"]),
        (9, 11, ["self", "previous"]),
    ],
)  # fmt: skip
def test_self_stands_first_and_next_last(page: int, total: int, relations: list[str]) -> None:
    asked = query.parse(b"pretty=true&itemsPerPage=10&pageNum=%d" % page)
    made = LINKS.page(asked, [], total, "groups")
    assert [link.rel for link in made.links] == relations
    numbers = {"self": page, "previous": page - 1, "next": page + 1}
    for link in made.links:
        expected = f"pretty=true&pageNum={numbers[link.rel]}&itemsPerPage=10"
        assert link.href == f"http://a/base/groups?{expected}"
    assert made.total_count == total


def test_what_is_not_to_be_counted_is_not() -> None:
    asked = query.parse(b"includeCount=false")
    assert LINKS.page(asked, [], 3, "groups").total_count is UNSET
    assert LINKS.whole(asked, [], "groups").total_count is UNSET


def test_the_base_is_the_one_that_was_called() -> None:
    assert [linking.base_of(f"{base}/groups?x") for base in BASES] == list(BASES)
