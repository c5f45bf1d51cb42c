from typing import ClassVar

import pytest

from keyreeve.api import exchanges, problems
from keyreeve.api.application import operations
from keyreeve.api.attributes import Attributes
from keyreeve.domain.operation import Named, Operation
from keyreeve.enforcement.answers import PROBLEMS


class Body(Attributes, frozen=True):
    name: str
    read_only: ClassVar[frozenset[str]] = frozenset({"id"})


class Loose(Attributes, frozen=True):
    name: str = ""


def codes(operation: Operation, *, guarded: bool = True) -> set[str]:
    found = exchanges.errors(operation, PROBLEMS, guarded=guarded)
    assert list(found) == sorted(found)
    return {code for some in found.values() for code in some}


READ = Operation("read", "GET", "/a")


def test_errors_are_sorted_by_status() -> None:
    found = exchanges.errors(READ, PROBLEMS)
    assert "INVALID_QUERY_PARAMETER" in found[400]
    assert found[429] == ["RATE_LIMITED"]
    for status, some in found.items():
        assert {exchanges.status(code, PROBLEMS) for code in some} == {status}


def test_what_an_operation_names_is_among_them() -> None:
    named = Operation("a", "GET", "/a", errors=("EVENT_NOT_FOUND",))
    assert codes(named) - codes(READ) == {"EVENT_NOT_FOUND"}


def test_what_stands_in_the_path_may_not_exist() -> None:
    group = Operation("a", "GET", "/{g}", group=Named("g"))
    user = Operation("a", "GET", "/{u}", user=Named("u"))
    assert codes(group) - codes(READ) == {"GROUP_NOT_FOUND"}
    assert codes(user) - codes(READ) == {"USER_NOT_FOUND"}


def test_a_whitelisted_operation_needs_an_address() -> None:
    marked = Operation("a", "GET", "/a", whitelisted=True)
    assert codes(marked) - codes(READ) == {
        "IP_ADDRESS_NOT_ON_WHITELIST",
        "RESOURCE_REQUIRES_WHITELIST",
        "TOO_EARLY",
    }


def test_a_body_can_be_wrong_in_every_way_it_can() -> None:
    strict = Operation("a", "POST", "/a", body=list[Body])
    loose = Operation("a", "POST", "/a", body=Loose)
    assert {"ATTRIBUTE_READ_ONLY", "MISSING_ATTRIBUTE"} == codes(strict) - codes(loose)
    assert {"INVALID_JSON", "UNSUPPORTED_MEDIA_TYPE"} <= codes(loose)


def test_where_nobody_proves_himself_nobody_lacks_a_role() -> None:
    assert "USER_UNAUTHORIZED" in codes(READ)
    assert "USER_UNAUTHORIZED" not in codes(READ, guarded=False)


@pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.name)
def test_every_code_has_one_status(operation: Operation) -> None:
    for code in codes(operation):
        assert code in problems.STATUS or code in PROBLEMS


def test_the_attributes_of_a_list_are_those_of_its_items() -> None:
    assert exchanges.attributes(list[Body]) is exchanges.attributes(Body) is Body
