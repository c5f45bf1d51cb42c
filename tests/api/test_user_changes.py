from typing import Any

import pytest
from argon2 import PasswordHasher
from requests import Response

from api.house import LOCAL, House, Person
from keyreeve.domain.role import (
    GLOBAL_OWNER,
    GLOBAL_READ_ONLY,
    GROUP_OWNER,
    GROUP_READ_ONLY,
    GROUP_USER_ADMIN,
)
from keyreeve.services import users

MISSING = "f" * 24


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


@pytest.fixture
def ada(house: House) -> Person:
    return house.person(LOCAL)


@pytest.fixture
def group(house: House, ada: Person) -> str:
    return house.group(ada)


def body(house: House, **more: Any) -> dict[str, Any]:
    username = f"new{next(house.numbers)}@example.org"
    return {"username": username, "firstName": "Grace", "lastName": "Hopper"} | more


def role(name: str, group: str | None = None) -> dict[str, str]:
    return {"roleName": name} if group is None else {"roleName": name, "groupId": group}


class TestCreate:
    def test_201_with_roles_in_the_callers_group(
        self, house: House, ada: Person, group: str
    ) -> None:
        wanted = body(house, password="correct horse", roles=[role(GROUP_READ_ONLY, group)])
        answer = house.send(ada, "POST", "/users", wanted)
        assert answer.status_code == 201, answer.text
        document = answer.json()
        assert document["username"] == document["emailAddress"] == wanted["username"]
        assert document["roles"] == [role(GROUP_READ_ONLY, group)]
        assert "horse" not in answer.text
        assert house.get(ada, f"/users/{document['id']}") == document
        with house.database.snapshot() as s:
            stored = s.users.password_hash(document["id"])
        assert PasswordHasher().verify(stored or "", "correct horse")

    def test_201_without_roles_and_with_the_login_twice(
        self, house: House, ada: Person, group: str
    ) -> None:
        wanted = body(house)
        wanted["emailAddress"] = wanted["username"]
        answer = house.send(ada, "POST", "/users", wanted)
        assert (answer.status_code, answer.json()["roles"]) == (201, [])
        # Nobody shares a group with him yet.
        path = f"/users/{answer.json()['id']}"
        assert refused(house.call(ada, "GET", path)) == (404, "USER_NOT_FOUND")
        assert group

    def test_what_makes_no_user(self, house: House, ada: Person, group: str) -> None:
        theirs, reading = house.group(house.person()), house.group(house.person())
        house.grant(ada, reading, GROUP_READ_ONLY)
        for more, expected in [
            ({"username": None}, (400, "INVALID_JSON_ATTRIBUTE")),
            ({"username": "nobody"}, (400, "INVALID_USERNAME")),
            ({"username": ada.username.upper()}, (409, "USER_ALREADY_EXISTS")),
            ({"firstName": ""}, (400, "INVALID_ATTRIBUTE")),
            ({"password": "short"}, (400, "WEAK_PASSWORD")),
            ({"emailAddress": "other@example.org"}, (400, "INVALID_EMAIL_ADDRESS")),
            ({"id": MISSING}, (400, "ATTRIBUTE_READ_ONLY")),
            ({"globalRoles": []}, (400, "INVALID_ATTRIBUTE")),
            ({"roles": [role(GROUP_OWNER)]}, (400, "ROLE_NEEDS_GROUP_ID")),
            ({"roles": [role(GLOBAL_OWNER, group)]}, (400, "ROLE_NEEDS_NO_GROUP_ID")),
            ({"roles": [role("GROUP_KING", group)]}, (400, "UNSUPPORTED_ROLE")),
            ({"roles": [role(GLOBAL_READ_ONLY)]}, (403, "USER_UNAUTHORIZED")),
            ({"roles": [role(GROUP_READ_ONLY, reading)]}, (403, "USER_UNAUTHORIZED")),
            ({"roles": [role(GROUP_READ_ONLY, theirs)]}, (404, "GROUP_NOT_FOUND")),
            ({"roles": [role(GROUP_READ_ONLY, MISSING)]}, (404, "GROUP_NOT_FOUND")),
        ]:
            wanted = body(house, **more)
            assert refused(house.send(ada, "POST", "/users", wanted)) == expected, more
            with house.database.snapshot() as s:
                assert wanted["username"] == ada.username.upper() or not s.users.by_name(
                    str(wanted["username"])
                )
        assert refused(house.send(ada, "POST", "/users", {"username": "a@b"})) == (
            400,
            "MISSING_ATTRIBUTE",
        )

    def test_403_for_all_but_owners_from_a_listed_address(self, house: House) -> None:
        eve, owner = house.person(LOCAL), house.owner()
        house.grant(eve, house.group(house.person()), GROUP_USER_ADMIN)
        answer = house.send(eve, "POST", "/users", body(house))
        assert refused(answer) == (403, "USER_UNAUTHORIZED")
        answer = house.send(owner, "POST", "/users", body(house))
        assert refused(answer) == (403, "RESOURCE_REQUIRES_WHITELIST")


class TestChange:
    def test_200_names_of_oneself(self, house: House, ada: Person, group: str) -> None:
        answer = house.send(ada, "PATCH", f"/users/{ada.id}", {"firstName": "Augusta"})
        assert (answer.status_code, answer.json()["firstName"]) == (200, "Augusta")
        assert house.get(ada, f"/users/{ada.id}") == answer.json()
        assert answer.json()["roles"] == [role(GROUP_OWNER, group)]

    def test_200_replaces_roles_where_the_caller_administers(
        self, house: House, ada: Person, group: str
    ) -> None:
        bob = house.person()
        other, theirs = house.group(ada), house.group(bob)
        for place in (group, other):
            house.grant(bob, place, GROUP_READ_ONLY)
        wanted = {"roles": [role(GROUP_USER_ADMIN, group)]}
        answer = house.send(ada, "PATCH", f"/users/{bob.id}", wanted)
        assert answer.status_code == 200, answer.text
        assert answer.json()["roles"] == [role(GROUP_USER_ADMIN, group)]
        with house.database.snapshot() as s:
            assert s.groups.all_roles(bob.id) == {
                group: {GROUP_USER_ADMIN},
                theirs: {GROUP_OWNER},
            }

    def test_200_of_anybody_for_a_global_owner(self, house: House) -> None:
        root, bob = house.person(LOCAL), house.owner()
        house.grant(root, None, GLOBAL_OWNER)
        wanted = {"lastName": "Byron", "roles": [role(GLOBAL_READ_ONLY)]}
        with house.database.transaction() as t:
            bobs = users.find(t, bob.id)
            [group] = t.groups.of_user(bobs.id)
        house.grant(root, group.id)
        answer = house.send(root, "PATCH", f"/users/{bob.id}", wanted)
        assert answer.status_code == 200, answer.text
        assert answer.json()["roles"] == [role(GLOBAL_READ_ONLY)]
        assert answer.json()["lastName"] == "Byron"

    def test_403_and_404(self, house: House, ada: Person, group: str) -> None:
        bob, stranger = house.person(), house.owner()
        house.grant(bob, group, GROUP_READ_ONLY)
        theirs = house.group(bob)
        house.grant(ada, theirs, GROUP_READ_ONLY)
        for user_id, wanted, expected in [
            (bob.id, {"firstName": "B"}, (403, "USER_UNAUTHORIZED")),
            (bob.id, {"roles": [role(GROUP_READ_ONLY, theirs)]}, (403, "USER_UNAUTHORIZED")),
            (ada.id, {"roles": [role(GLOBAL_OWNER)]}, (403, "USER_UNAUTHORIZED")),
            (ada.id, {"roles": []}, (403, "CANNOT_DEMOTE_LAST_OWNER")),
            (stranger.id, {"firstName": "B"}, (404, "USER_NOT_FOUND")),
            (MISSING, {"firstName": "B"}, (404, "USER_NOT_FOUND")),
        ]:
            answer = house.send(ada, "PATCH", f"/users/{user_id}", wanted)
            assert refused(answer) == expected, wanted

    @pytest.mark.parametrize(
        ("wanted", "code"),
        [
            ({}, "MISSING_ONE_OF_ATTRIBUTES"),
            ({"password": "a new password"}, "ATTRIBUTE_READ_ONLY"),
            ({"username": "x@example.org"}, "ATTRIBUTE_READ_ONLY"),
            ({"enabled": False}, "INVALID_ATTRIBUTE"),
            ({"lastName": "\n"}, "INVALID_ATTRIBUTE"),
            ({"roles": [{"groupId": "x"}]}, "MISSING_ATTRIBUTE"),
            ({"roles": {}}, "INVALID_JSON_ATTRIBUTE"),
        ],
    )
    def test_400(
        self, house: House, ada: Person, group: str, wanted: dict[str, Any], code: str
    ) -> None:
        answer = house.send(ada, "PATCH", f"/users/{ada.id}", wanted)
        assert refused(answer) == (400, code)
        assert group
