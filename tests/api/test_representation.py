import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from keyreeve.api import representation
from keyreeve.api.query import Style
from keyreeve.api.representation import Document, Link, Nothing, Page, Reply

PRETTY, PLAIN, ENVELOPE = Style(pretty=True), Style(), Style(envelope=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


class Thing(Document, frozen=True):
    thing_id: str
    left_out: str | UnsetType = UNSET


PAGE = Page([Link("http://a/b?pageNum=1", "self")], [Thing("1"), Thing("2")], 2)


def test_documents_are_compact_and_leave_out_what_has_no_value() -> None:
    assert representation.encode(Reply(200, Thing("1")), PLAIN) == b'{"thingId":"1"}'
    assert representation.encode(Reply(200, Nothing()), PLAIN) == b"{}"


def test_pretty_documents_have_a_space_on_either_side_of_the_colon() -> None:
    assert representation.encode(Reply(200, PAGE), PRETTY).decode() == (
        "{\n"
        '  "links" : [ {\n'
        '    "href" : "http://a/b?pageNum=1",\n'
        '    "rel" : "self"\n'
        "  } ],\n"
        '  "results" : [ {\n'
        '    "thingId" : "1"\n'
        "  }, {\n"
        '    "thingId" : "2"\n'
        "  } ],\n"
        '  "totalCount" : 2\n'
        "}"
    )


@given(st.dictionaries(st.text(), JSON))
def test_pretty_or_not_the_value_is_the_same(value: dict[str, object]) -> None:
    for style in (PLAIN, PRETTY):
        assert json.loads(representation.encode(Reply(200, value), style)) == value


def test_an_envelope_holds_status_and_content() -> None:
    got = json.loads(representation.encode(Reply(201, Thing("1")), ENVELOPE))
    assert got == {"status": 201, "content": {"thingId": "1"}}


def test_the_envelope_of_a_list_is_the_list_with_its_status() -> None:
    got = json.loads(representation.encode(Reply(200, PAGE), ENVELOPE))
    assert set(got) == {"status", "links", "results", "totalCount"}


@pytest.mark.parametrize(
    "time",
    [
        datetime(2014, 1, 2, 12, 34, 56, 999_999, tzinfo=UTC),
        datetime(2014, 1, 2, 14, 34, 56, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_times_are_utc_to_the_second(time: datetime) -> None:
    assert representation.moment(time) == "2014-01-02T12:34:56Z"
