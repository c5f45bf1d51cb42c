from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.api import query
from keyreeve.api.query import Query, Style
from keyreeve.api.refusals import InvalidQueryParameter


def test_an_empty_query_asks_for_the_first_hundred_counted() -> None:
    assert query.parse(b"") == Query(1, 100, counted=True, style=Style())


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"pageNum=3&itemsPerPage=500", Query(page=3, per_page=500)),
        (b"itemsPerPage=1", Query(per_page=1)),
        (b"pageNum=999999999999999", Query(page=999_999_999_999_999)),
        (b"pageNum=007", Query(page=7)),
        (b"tag=a&tag=b", Query(others=(("tag", "a"), ("tag", "b")))),
    ],
)
def test_what_a_query_asks_for(raw: bytes, expected: Query) -> None:
    assert query.parse(raw) == expected


@pytest.mark.parametrize("spelt", [b"true", b"True", b"TRUE"])
def test_flags_may_be_spelt_in_any_case(spelt: bytes) -> None:
    raw = b"pretty=%b&envelope=%b&includeCount=false" % (spelt, spelt)
    asked = query.parse(raw)
    assert asked.style == query.style(raw) == Style(envelope=True, pretty=True)
    assert not asked.counted


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"pageNum=0", "pageNum"), (b"pageNum=-1", "pageNum"), (b"pageNum=", "pageNum"),
        (b"pageNum=1.0", "pageNum"), (b"pageNum=1_0", "pageNum"), (b"pageNum=%D9%A1", "pageNum"),
        (b"pageNum=+1", "pageNum"), (b"pageNum=1e3", "pageNum"), (b"pageNum=x", "pageNum"),
        (b"pageNum=9999999999999999", "pageNum"), (b"pageNum=1&pageNum=2", "pageNum"),
        (b"itemsPerPage=0", "itemsPerPage"), (b"itemsPerPage=501", "itemsPerPage"),
        (b"itemsPerPage=all", "itemsPerPage"), (b"includeCount=maybe", "includeCount"),
        (b"envelope=1", "envelope"), (b"pretty=yes", "pretty"), (b"pretty=", "pretty"),
    ],
)  # fmt: skip
def test_what_has_no_sense_is_refused_by_name(raw: bytes, name: str) -> None:
    with pytest.raises(InvalidQueryParameter) as refused:
        query.parse(raw)
    assert refused.value.parameters[0] == name


def test_more_parameters_than_anybody_needs_are_refused() -> None:
    with pytest.raises(InvalidQueryParameter):
        query.parse(b"&".join(b"a=b" for _ in range(101)))


def test_links_repeat_the_query_and_put_the_page_behind_it() -> None:
    asked = query.parse(b"itemsPerPage=5&pretty=true&pageNum=2&q=a%26b")
    assert asked.at(3) == "pretty=true&q=a%26b&pageNum=3&itemsPerPage=5"


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    query.style(raw)
    try:
        asked = query.parse(raw)
    except InvalidQueryParameter:
        return
    assert query.parse(asked.at(asked.page).encode()).at(1) == asked.at(1)


def test_a_parameter_may_be_read_once_or_each_time_it_is_given() -> None:
    asked = query.parse(b"tag=a&tag=b&name=x")
    assert (asked.all("tag"), asked.all("none")) == (("a", "b"), ())
    assert (asked.one("name"), asked.one("none")) == ("x", None)
    with pytest.raises(InvalidQueryParameter, match="tag"):
        asked.one("tag")


@pytest.mark.parametrize(
    ("spelt", "moment"),
    [
        (b"2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (b"2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (b"2026-01-02T05:04:05+02:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (b"2026-01-02T05:04:05%2B0200", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (b"2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_utc(spelt: bytes, moment: datetime) -> None:
    assert query.parse(b"minDate=" + spelt).moment("minDate") == moment
    assert query.parse(b"").moment("minDate") is None


@pytest.mark.parametrize(
    "spelt", [b"", b"yesterday", b"2026-13-01", b"0001-01-01T00:00:00%2B05:00", b"1&minDate=2"]
)
def test_what_names_no_moment_is_refused(spelt: bytes) -> None:
    with pytest.raises(InvalidQueryParameter, match="minDate"):
        query.parse(b"minDate=" + spelt).moment("minDate")
