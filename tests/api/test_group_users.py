from typing import Any

import pytest
from requests import Response

from api.house import LOCAL, House, Person
from keyreeve.domain.role import GLOBAL_OWNER, GROUP_OWNER, GROUP_READ_ONLY, GROUP_USER_ADMIN

MISSING = "f" * 24


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


def member(person: Person, *roles: str, **more: str) -> dict[str, Any]:
    return {"id": person.id, "roles": [{"roleName": role, **more} for role in roles]}


@pytest.fixture
def ada(house: House) -> Person:
    return house.person(LOCAL)


@pytest.fixture
def group(house: House, ada: Person) -> str:
    return house.group(ada)


def held(house: House, person: Person, group: str) -> set[str]:
    with house.database.snapshot() as s:
        return set(s.groups.roles(person.id, group))


class TestAssign:
    def test_200_replaces_roles_and_lists_all_members(
        self, house: House, ada: Person, group: str
    ) -> None:
        bob, eve = house.person(), house.person()
        house.grant(bob, group, GROUP_USER_ADMIN)
        body = [
            member(bob, GROUP_READ_ONLY),
            member(eve, GROUP_READ_ONLY, GROUP_USER_ADMIN, groupId=group),
        ]
        answer = house.send(ada, "POST", f"/groups/{group}/users", body)
        assert answer.status_code == 200
        page = answer.json()
        assert {user["id"] for user in page["results"]} == {ada.id, bob.id, eve.id}
        assert page["totalCount"] == 3
        assert held(house, bob, group) == {GROUP_READ_ONLY}
        assert held(house, eve, group) == {GROUP_READ_ONLY, GROUP_USER_ADMIN}
        assert house.call(eve, "GET", f"/groups/{group}").status_code == 200

    def test_200_for_a_global_owner_outside(self, house: House, group: str) -> None:
        root, bob = house.person(LOCAL), house.person()
        house.grant(root, None, GLOBAL_OWNER)
        body = [member(bob, GROUP_OWNER)]
        assert house.send(root, "POST", f"/groups/{group}/users", body).status_code == 200

    def test_403_for_the_last_owner(self, house: House, ada: Person, group: str) -> None:
        body = [member(ada, GROUP_READ_ONLY)]
        answer = house.send(ada, "POST", f"/groups/{group}/users", body)
        assert refused(answer) == (403, "CANNOT_DEMOTE_LAST_OWNER")
        assert answer.json()["address"] == LOCAL
        assert held(house, ada, group) == {GROUP_OWNER}

    def test_400_changes_nothing_at_all(self, house: House, ada: Person, group: str) -> None:
        bob = house.person()
        nobody = {"id": MISSING, "roles": [{"roleName": GROUP_READ_ONLY}]}
        for body, code in [
            ([member(bob, GROUP_OWNER), nobody], "INVALID_USER"),
            ([member(bob, GROUP_OWNER), member(bob, GROUP_READ_ONLY)], "INVALID_ATTRIBUTE"),
            ([member(bob, GROUP_OWNER, groupId=MISSING)], "GROUP_MISMATCH"),
            ([member(bob)], "MISSING_ATTRIBUTE"),
            ([{"id": bob.id}], "MISSING_ATTRIBUTE"),
            ([member(bob, GROUP_OWNER, GLOBAL_OWNER)], "UNSUPPORTED_ROLE"),
            ([member(bob, GROUP_OWNER, orgId="x")], "INVALID_ATTRIBUTE"),
            ([member(bob, GROUP_OWNER) | {"username": "x"}], "ATTRIBUTE_READ_ONLY"),
            (member(bob, GROUP_OWNER), "INVALID_JSON_ATTRIBUTE"),
        ]:
            answer = house.send(ada, "POST", f"/groups/{group}/users", body)
            assert refused(answer) == (400, code), body
            assert held(house, bob, group) == set()

    def test_403_for_an_administrator(self, house: House, group: str) -> None:
        eve = house.person(LOCAL)
        house.grant(eve, group, GROUP_USER_ADMIN)
        answer = house.send(eve, "POST", f"/groups/{group}/users", [])
        assert refused(answer) == (403, "USER_UNAUTHORIZED")


class TestRemove:
    def test_200_and_he_is_out_with_the_next_request(
        self, house: House, ada: Person, group: str
    ) -> None:
        bob = house.person()
        for role in (GROUP_READ_ONLY, GROUP_OWNER):
            house.grant(bob, group, role)
        assert house.call(bob, "GET", f"/groups/{group}").status_code == 200
        answer = house.call(ada, "DELETE", f"/groups/{group}/users/{bob.id}")
        assert (answer.status_code, answer.json()) == (200, {})
        assert refused(house.call(bob, "GET", f"/groups/{group}")) == (404, "GROUP_NOT_FOUND")

    def test_403_for_the_last_owner(self, house: House, ada: Person, group: str) -> None:
        answer = house.call(ada, "DELETE", f"/groups/{group}/users/{ada.id}")
        assert refused(answer) == (403, "CANNOT_DEMOTE_LAST_OWNER")

    def test_404_for_who_is_not_in_it_and_who_is_not(
        self, house: House, ada: Person, group: str
    ) -> None:
        for user_id in (house.person().id, MISSING):
            answer = house.call(ada, "DELETE", f"/groups/{group}/users/{user_id}")
            assert refused(answer) == (404, "USER_NOT_IN_GROUP")
