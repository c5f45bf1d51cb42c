import json

import pytest

from api import api_document
from keyreeve.api import attributes, examples, exchanges
from keyreeve.api.application import operations
from keyreeve.domain.operation import Operation

COMPONENTS = api_document.document()["components"]["schemas"]
WITH_BODY = [operation for operation in operations if operation.body is not None]


def test_a_document_is_shown_with_all_its_attributes() -> None:
    shown = examples.document({"$ref": "#/components/schemas/UserDocument"}, COMPONENTS)
    assert set(shown) == set(COMPONENTS["UserDocument"]["properties"])
    assert shown["id"] == examples.USER


def test_a_list_is_shown_with_one_item() -> None:
    shown = examples.document({"$ref": "#/components/schemas/Page_GroupDocument_"}, COMPONENTS)
    assert [item["name"] for item in shown["results"]] == ["Engines"]


def test_what_has_no_example_is_an_error() -> None:
    with pytest.raises(LookupError, match="colour"):
        examples.document({"type": "object", "properties": {"colour": {"type": "string"}}}, {})


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)
def test_the_example_of_a_body_is_taken(operation: Operation) -> None:
    kind = operation.body
    name = exchanges.attributes(kind).__name__
    shown = examples.body(name, listed=kind is not exchanges.attributes(kind))
    assert attributes.decode(_json(shown), kind)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def test_every_parameter_of_a_path_has_an_example() -> None:
    for operation in operations:
        for part in operation.template.split("/"):
            assert not part.startswith("{") or part[1:-1] in examples.PATH
