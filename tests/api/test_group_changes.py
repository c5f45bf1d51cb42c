from pathlib import Path
from typing import Any

import pytest
from requests import Response

from api import house as houses
from api.house import LOCAL, House, Person
from keyreeve.domain.role import GLOBAL_OWNER, GLOBAL_READ_ONLY, GROUP_USER_ADMIN

MISSING = "f" * 24


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


def fresh(house: House) -> str:
    return f"fresh {next(house.numbers)}"


class TestCreate:
    def test_201_makes_the_caller_its_owner_and_opens_it(self, house: House) -> None:
        ada, name = house.owner(), fresh(house)
        answer = house.send(ada, "POST", "/groups", {"name": name})
        assert answer.status_code == 201
        document = answer.json()
        assert (document["name"], document["publicApiEnabled"]) == (name, True)
        assert house.get(ada, f"/groups/{document['id']}") == document
        [member] = house.get(ada, f"/groups/{document['id']}/users")["results"]
        assert {"roleName": "GROUP_OWNER", "groupId": document["id"]} in member["roles"]

    def test_201_with_the_one_organization_named(self, house: House) -> None:
        org_id = house.database.installation.org_id
        body = {"name": fresh(house), "orgId": org_id}
        assert house.send(house.owner(), "POST", "/groups", body).status_code == 201

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({}, 400, "MISSING_ATTRIBUTE"),
            ({"name": 1}, 400, "INVALID_JSON_ATTRIBUTE"),
            ({"name": ""}, 400, "INVALID_ATTRIBUTE"),
            ({"name": "x", "tags": []}, 400, "INVALID_ATTRIBUTE"),
            ({"name": "x", "publicApiEnabled": True}, 400, "ATTRIBUTE_READ_ONLY"),
            ({"name": "x", "orgId": MISSING}, 404, "ORG_NOT_FOUND"),
        ],
    )
    def test_what_makes_no_group(self, house: House, body: Any, status: int, code: str) -> None:
        assert refused(house.send(house.owner(), "POST", "/groups", body)) == (status, code)

    def test_409_for_a_taken_name(self, house: House) -> None:
        ada, name = house.owner(), fresh(house)
        house.group(name=name)
        answer = house.send(ada, "POST", "/groups", {"name": name})
        assert refused(answer) == (409, "GROUP_ALREADY_EXISTS")

    def test_403_for_all_but_global_owners_where_it_is_set_so(self, tmp_path: Path) -> None:
        with houses.opened(tmp_path, KEYREEVE_GROUP_CREATION="global-owners") as house:
            ada, root, watch = house.owner(), house.person(), house.person()
            house.grant(root, None, GLOBAL_OWNER)
            house.grant(watch, None, GLOBAL_READ_ONLY)
            for person in (ada, watch):
                answer = house.send(person, "POST", "/groups", {"name": "x"})
                assert refused(answer) == (403, "USER_UNAUTHORIZED")
                assert len(answer.json()["decision"]) == 24
            assert house.send(root, "POST", "/groups", {"name": "x"}).status_code == 201


@pytest.fixture
def ada(house: House) -> Person:
    return house.person(LOCAL)


@pytest.fixture
def group(house: House, ada: Person) -> str:
    return house.group(ada)


class TestChange:
    def test_200_renames(self, house: House, ada: Person, group: str) -> None:
        name = fresh(house)
        answer = house.send(ada, "PATCH", f"/groups/{group}", {"name": name})
        assert (answer.status_code, answer.json()["name"]) == (200, name)
        assert house.get(ada, f"/groups/byName/{name}")["id"] == group

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, "MISSING_ATTRIBUTE"),
            ({"name": "x", "publicApiEnabled": False}, "ATTRIBUTE_READ_ONLY"),
            ({"name": "x", "orgId": "y"}, "ATTRIBUTE_READ_ONLY"),
            ({"name": "f" * 24}, "INVALID_ATTRIBUTE"),
        ],
    )
    def test_400(self, house: House, ada: Person, group: str, body: Any, code: str) -> None:
        assert refused(house.send(ada, "PATCH", f"/groups/{group}", body)) == (400, code)

    def test_409_for_a_taken_name(self, house: House, ada: Person, group: str) -> None:
        name = fresh(house)
        house.group(name=name)
        answer = house.send(ada, "PATCH", f"/groups/{group}", {"name": name})
        assert refused(answer) == (409, "GROUP_ALREADY_EXISTS")

    def test_403_for_an_administrator(self, house: House, group: str) -> None:
        eve = house.person(LOCAL)
        house.grant(eve, group, GROUP_USER_ADMIN)
        answer = house.send(eve, "PATCH", f"/groups/{group}", {"name": "x"})
        assert refused(answer) == (403, "USER_UNAUTHORIZED")
        assert answer.json()["rule"] == "6"


class TestDelete:
    def test_200_and_from_then_on_it_is_gone_for_everybody(
        self, house: House, ada: Person, group: str
    ) -> None:
        house.group(ada)
        bob = house.person()
        house.grant(bob, group, GROUP_USER_ADMIN)
        assert house.call(bob, "GET", "/groups").status_code == 200
        answer = house.call(ada, "DELETE", f"/groups/{group}")
        assert (answer.status_code, answer.json()) == (200, {})
        for path in (f"/groups/{group}", f"/groups/{group}/users"):
            assert refused(house.call(ada, "GET", path)) == (404, "GROUP_NOT_FOUND")
        assert refused(house.call(bob, "GET", "/groups")) == (403, "GROUP_PUBLIC_API_DISABLED")
        assert refused(house.call(ada, "DELETE", f"/groups/{group}")) == (404, "GROUP_NOT_FOUND")

    def test_403_from_an_address_that_is_not_listed(self, house: House) -> None:
        ada = house.person("203.0.113.0/24")
        answer = house.call(ada, "DELETE", f"/groups/{house.group(ada)}")
        assert refused(answer) == (403, "IP_ADDRESS_NOT_ON_WHITELIST")
