import msgspec

from keyreeve.api import schemas
from keyreeve.api.attributes import Attributes
from keyreeve.api.representation import Document, Page
from keyreeve.domain.operation import Operation


class Inner(Attributes, frozen=True):
    name: str


class Body(Attributes, frozen=True):
    inner: Inner


class Thing(Document, frozen=True):
    first_name: str


OPERATION = Operation("a", "POST", "/a", body=list[Body], answers={200: Page[Thing], 201: Thing})


def test_everything_that_operations_take_and_answer_has_a_schema() -> None:
    found = schemas.components((OPERATION,))
    assert list(found) == sorted(found)
    expected = {"Body", "Inner", "Link", "Page_Thing_", "Thing", "Error", "Unauthorized"}
    assert set(found) == expected
    assert "firstName" in found["Thing"]["properties"]


def test_a_body_holds_nothing_else_and_an_answer_may() -> None:
    found = schemas.components((OPERATION,))
    assert found["Body"]["additionalProperties"] is False
    assert found["Inner"]["additionalProperties"] is False
    assert "additionalProperties" not in found["Thing"]


def test_a_body_may_be_a_list() -> None:
    one = {"$ref": "#/components/schemas/Body"}
    assert schemas.body(Body) == one
    assert schemas.body(list[Body]) == {"type": "array", "items": one}


def test_a_document_comes_bare_or_in_an_envelope() -> None:
    bare, envelope = schemas.answer(Thing, 201)["anyOf"]
    assert bare == schemas.reference("Thing")
    assert envelope["properties"] == {"status": {"const": 201}, "content": bare}


def test_a_page_is_not_wrapped() -> None:
    assert schemas.answer(Page[Thing], 200) == schemas.reference("Page_Thing_")


def test_names_are_those_that_schemas_are_known_by() -> None:
    for kind in (Thing, Page[Thing]):
        _, found = msgspec.json.schema_components([kind], ref_template=schemas.REFERENCE)
        assert schemas.name_of(kind) in found
