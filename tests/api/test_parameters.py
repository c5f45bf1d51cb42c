from keyreeve.api import parameters
from keyreeve.api.application import operations
from keyreeve.api.representation import Document, Page
from keyreeve.domain.operation import Operation


class Thing(Document, frozen=True):
    name: str


def test_every_operation_takes_style_and_a_condition() -> None:
    reading = Operation("a", "GET", "/{groupId}/{userId}", answers={200: Thing})
    writing = Operation("a", "DELETE", "/a", answers={200: Thing})
    assert parameters.names(reading) == ["groupId", "userId", "envelope", "pretty", "If-None-Match"]
    assert parameters.names(writing) == ["envelope", "pretty", "If-Match"]


def test_lists_have_pages() -> None:
    listing = Operation("a", "GET", "/a", answers={200: Page[Thing]})
    assert {"pageNum", "itemsPerPage", "includeCount"} < set(parameters.names(listing))


def test_events_are_filtered() -> None:
    (events,) = [one for one in operations if one.name == "event.list_of_group"]
    assert {"eventType", "minDate", "maxDate"} < set(parameters.names(events))


def test_single_operations_exist_that_take_more() -> None:
    assert set(parameters.OF) - {"first_user.create"} <= {one.name for one in operations}


def test_every_parameter_is_described_once() -> None:
    known = parameters.components()
    for operation in operations:
        assert set(parameters.names(operation)) <= set(known)
    assert all(one["name"] == name and one["description"] for name, one in known.items())


def test_parameters_of_a_path_are_found() -> None:
    assert parameters.in_path("/a/{b}/c/{d}") == ["b", "d"]
