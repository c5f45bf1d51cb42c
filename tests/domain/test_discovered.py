"""What was called and is not in the catalogue becomes a document that can be imported."""

import json

import pytest

from keyreeve.domain import discovered, openapi
from keyreeve.domain.discovered import Called
from keyreeve.domain.operation import Operation
from keyreeve.domain.role import GROUP_OWNER

KNOWN = (
    Operation("list", "GET", "/clusters"),
    Operation("read", "GET", "/clusters/{cluster}"),
    Operation("health", "GET", "/health"),
)


def templates(*called: Called, known: tuple[Operation, ...] = KNOWN) -> list[tuple[str, str]]:
    return [(one.method, one.template) for one in discovered.discover(called, known)]


def test_every_variable_gets_a_name_of_its_own() -> None:
    called = Called("GET", "/a/{id}/b/{id}/{id}/", 1, 1)
    (one,) = discovered.discover([called], ())
    assert (one.template, one.parameters) == ("/a/{id}/b/{id2}/{id3}", ("id", "id2", "id3"))


def test_another_method_of_a_known_path_keeps_its_template() -> None:
    assert templates(Called("PUT", "/clusters/{id}", 1, 1), Called("PUT", "/clusters/x", 2, 0)) == [
        ("put", "/clusters/{cluster}")
    ]


def test_what_varied_is_no_literal() -> None:
    assert templates(Called("GET", "/{id}", 1, 1)) == [("get", "/{id}")]


def test_what_is_known_by_now_is_left_out() -> None:
    assert templates(Called("GET", "/clusters/{id}", 5, 5), Called("GET", "/health", 1, 1)) == []


def test_calls_of_one_operation_are_added_up_and_head_is_get() -> None:
    found = discovered.discover([Called("HEAD", "/a", 2, 0), Called("GET", "/a/", 3, 3)], ())
    assert [(one.method, one.template, one.calls, one.proven) for one in found] == [
        ("get", "/a", 5, 3)
    ]


@pytest.mark.parametrize(
    "called",
    [
        Called("PROPFIND", "/a", 1, 1),
        Called("GET", "*", 1, 1),
        Called("GET", "/a" * 13, 1, 1),
        Called("GET", "/" + "a" * 200, 1, 1),
    ],
)
def test_what_no_document_can_say_is_left_out(called: Called) -> None:
    assert templates(called) == []


def test_the_document_can_be_imported_and_opens_all_to_owners_alone() -> None:
    called = [
        Called("GET", "/", 1, 0),
        Called("GET", "/a/{id}", 1, 0),
        Called("DELETE", "/a/{id}", 1, 0),
        Called("GET", '/a"\\b', 1, 1),
        Called("PUT", "/clusters/{id}", 1, 1),
    ]
    document = discovered.document(discovered.discover(called, KNOWN))
    reading = openapi.read(json.loads(json.dumps(document)))
    assert len(reading.operations) == 5
    assert reading.unclassified == ()
    assert {operation.roles for operation in reading.operations} == {frozenset({GROUP_OWNER})}
