import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from api import api_document
from keyreeve.api import openapi
from keyreeve.api.application import BASES, operations
from keyreeve.domain.operation import Operation
from keyreeve.enforcement import answers

DOCUMENT = api_document.document()
COMPONENTS = DOCUMENT["components"]


def described() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


DESCRIBED = {operation["operationId"]: operation for _, _, operation in described()}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolved(value: dict[str, Any]) -> Any:
    if "$ref" not in value:
        return value
    found: Any = DOCUMENT
    for part in value["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def fits(value: Any, schema: Any) -> bool:
    whole = {"components": COMPONENTS, "allOf": [schema]}
    return jsonschema_rs.is_valid(whole, value)


def test_the_committed_copy_is_what_the_operations_say() -> None:
    assert api_document.FILE.read_text() == api_document.text()


def test_every_reference_leads_somewhere() -> None:
    for reference in set(references(DOCUMENT)):
        assert resolved({"$ref": reference})


def test_nothing_is_described_that_nobody_refers_to() -> None:
    referred = set(references(DOCUMENT))
    for kind in ("schemas", "parameters", "headers", "responses", "examples"):
        for name in COMPONENTS[kind]:
            assert f"#/components/{kind}/{name}" in referred


def test_it_stands_under_both_bases() -> None:
    assert [server["url"] for server in DOCUMENT["servers"]] == list(BASES)


def test_both_ways_to_prove_oneself_are_named() -> None:
    assert DOCUMENT["security"] == [{"digest": []}, {"bearer": []}]
    assert set(COMPONENTS["securitySchemes"]) == {"digest", "bearer"}


@pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.name)
class TestEveryOperation:
    def test_is_described_where_it_answers(self, operation: Operation) -> None:
        found = DOCUMENT["paths"][operation.template][operation.method.lower()]
        assert found["operationId"] == operation.name
        assert found["summary"] == operation.summary != ""

    def test_says_who_may_call_it(self, operation: Operation) -> None:
        found = DESCRIBED[operation.name]
        assert found["x-keyreeve-roles"] == sorted(operation.admitted)
        assert found["x-keyreeve-whitelisted"] is operation.whitelisted
        group = operation.group.parameter if operation.group else None
        assert found.get("x-keyreeve-group") == group

    def test_names_every_parameter_of_its_path(self, operation: Operation) -> None:
        found = [resolved(one) for one in DESCRIBED[operation.name]["parameters"]]
        named = {one["name"] for one in found if one["in"] == "path"}
        assert {f"{{{name}}}" for name in named} == {
            part for part in operation.template.split("/") if part.startswith("{")
        }

    def test_describes_each_answer_with_an_example_that_fits(self, operation: Operation) -> None:
        found = DESCRIBED[operation.name]["responses"]
        assert {str(status) for status in operation.answers} <= set(found)
        assert {"401", "429", "500"} <= set(found)
        for response in map(resolved, found.values()):
            assert response["description"]
            for content in response.get("content", {}).values():
                shown = [resolved(one)["value"] for one in content.get("examples", {}).values()]
                for example in shown or [content["example"]]:
                    assert fits(example, content["schema"]), example

    def test_takes_the_body_that_is_its_example(self, operation: Operation) -> None:
        found = DESCRIBED[operation.name].get("requestBody")
        assert (found is None) is (operation.body is None)
        if found is not None:
            content = found["content"]["application/json"]
            assert fits(content["example"], content["schema"])


def test_an_answer_may_come_in_an_envelope() -> None:
    content = DESCRIBED["group.get"]["responses"]["200"]["content"]["application/json"]
    assert fits({"status": 200, "content": content["example"]}, content["schema"])
    assert not fits({"status": 404, "content": content["example"]}, content["schema"])


def test_an_error_has_a_code_that_belongs_to_its_status() -> None:
    response = resolved(DESCRIBED["group.get"]["responses"]["404"])
    schema = response["content"]["application/json"]["schema"]
    example = {**COMPONENTS["examples"]["GROUP_NOT_FOUND"]["value"]}
    assert fits(example, schema)
    assert fits({"status": 404, "content": example}, schema)
    assert not fits(example | {"errorCode": "WEAK_PASSWORD"}, schema)


def test_what_needs_no_proof_says_so() -> None:
    first = DESCRIBED["first_user.create"]
    assert first["security"] == []
    assert "401" not in first["responses"]


def test_operations_are_sorted_by_their_resource() -> None:
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    assert tags == {openapi.tag_of(one) for one in operations} | {"first_user"}


def test_it_is_json_and_not_large() -> None:
    assert len(json.dumps(openapi.document(operations, (), answers.PROBLEMS))) < 300_000
