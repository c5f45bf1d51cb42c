"""Requests made up from the OpenAPI document: each is answered as the document says."""

import copy
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from doors.installation import Installation

DOCUMENT = Path(__file__).parents[2] / "docs" / "api" / "openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
IN_THE_SUITE, IN_THE_HUNT = 2_000, 20_000
AT_A_TIME = 8
OWNER, GUEST = "ada@example.org", "bob@example.org"
SPARED = {"group.delete"}
"""Without what these take away nothing else could be tried: they get no ids that exist."""


@dataclass(frozen=True)
class Place:
    """A server, who may call it, and what there is."""

    api: str
    key: str
    ids: dict[str, str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    installation = Installation(tmp_path_factory.mktemp("conformance"))
    user = installation.run("user", "create", OWNER)
    installation.run("user", "create", GUEST)
    group = installation.run("group", "create", "Engines", "--owner", OWNER, "--public-api", "on")
    installation.run("role", "grant", GUEST, "Engines", "GROUP_READ_ONLY")
    installation.run("whitelist", "add", OWNER, "127.0.0.1")
    installation.run("whitelist", "add", OWNER, "192.0.2.0/24")
    key = installation.run("key", "generate", OWNER, "--description", "used")
    spare = installation.run("key", "generate", OWNER, "--description", "spare")
    ids = {
        "groupId": group["id"],
        "groupName": "Engines",
        "userId": user["id"],
        "username": GUEST,
        "keyId": spare["id"],
        "entry": "192.0.2.0/24",
    }
    with installation.serving(KEYREEVE_FIRST_USER_API="on") as server:
        yield Place(server.api, key["key"], ids)


def closed(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document without leave to answer more than it says."""
    strict = copy.deepcopy(document)
    for schema in strict["components"]["schemas"].values():
        if schema.get("properties"):
            schema["additionalProperties"] = False
    return strict


OPERATIONS = [
    found.ok()
    for found in schemathesis.openapi.from_dict(
        closed(json.loads(DOCUMENT.read_text()))
    ).get_all_operations()
]


class Trial:
    """Makes up requests and checks their answers."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.answered: Counter[int] = Counter()
        self.session = requests.Session()

    def all(self, least: int) -> Counter[int]:
        """Go round all operations, with and without a key; count so many answers by status."""
        known: dict[str, str]
        while self.answered.total() < least:
            for operation in OPERATIONS:
                for known in ({}, self.place.ids):
                    for key in ("", self.place.key):
                        self.some(operation, known, key)
        return self.answered

    def some(self, operation: Any, known: dict[str, str], key: str) -> None:
        named = {p.definition["name"] for p in operation.path_parameters}
        spared = operation.definition.raw["operationId"] in SPARED
        fixed = {} if spared else {name: known[name] for name in named & set(known)}
        headers = {"Authorization": f"Bearer {key}"} if key else {}

        def check(case: Any) -> None:
            answer = case.call_and_validate(
                base_url=self.place.api, session=self.session, headers=headers, checks=CHECKS
            )
            self.answered[answer.status_code] += 1

        for mode in GenerationMode:
            made_up = operation.as_strategy(mode, path_parameters=fixed or None)
            quick(given(made_up)(check))()


quick = settings(
    max_examples=AT_A_TIME,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_every_answer_is_as_the_document_says(place: Place) -> None:
    answered = Trial(place).all(IN_THE_SUITE)
    assert {200, 201, 400, 401, 403, 404} <= set(answered)


@pytest.mark.hunt
@pytest.mark.timeout(3600)
def test_twenty_thousand_answers_are(place: Place) -> None:
    answered = Trial(place).all(IN_THE_HUNT)
    print(sorted(answered.items()))
    assert {200, 201, 400, 401, 403, 404, 412} <= set(answered)
