from typing import Any

import pytest
from requests import Response

from api.house import LOCAL, OPERATOR, PUBLIC, PUBLIC_URL, House, Person
from keyreeve.services import api_keys, users

MISSING = "f" * 24


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


def path(person: Person, key: str = "") -> str:
    return f"/users/{person.id}/apiKeys" + (f"/{key}" if key else "")


def second(house: House, person: Person) -> str:
    with house.database.transaction() as t:
        user = users.find(t, person.id)
        return api_keys.generate(t, OPERATOR, user, "second")[0].id


class TestList:
    def test_200_shows_no_secret(self, house: House) -> None:
        person = house.owner()
        answer = house.call(person, "GET", path(person))
        assert answer.status_code == 200
        assert person.key not in answer.text
        [key] = answer.json()["results"]
        assert key.pop("created").endswith("Z")
        key.pop("lastUsed", None)
        key.pop("lastUsedAddress", None)
        assert key == {
            "id": person.key_id,
            "desc": "test",
            "enabled": True,
            "publicKey": person.key_id,
            "privateKey": f"kr_{'*' * 8}{person.key[-4:]}",
            "links": [
                {"rel": "self", "href": f"{PUBLIC_URL}{PUBLIC}{path(person)}/{person.key_id}"}
            ],
        }

    def test_200_tells_the_last_use(self, house: House) -> None:
        person = house.owner()
        house.get(person, path(person))
        house.recorder.flush()
        [key] = house.get(person, path(person))["results"]
        assert key["lastUsedAddress"] == LOCAL
        assert key["lastUsed"].endswith("Z")

    def test_404_for_another_user(self, house: House) -> None:
        ada, bob = house.person(), house.person()
        house.grant(bob, house.group(ada))
        assert refused(house.call(bob, "GET", path(ada))) == (404, "USER_NOT_FOUND")

    def test_405_none_is_made_here(self, house: House) -> None:
        person = house.owner(LOCAL)
        answer = house.send(person, "POST", path(person), {"desc": "new"})
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


class TestGet:
    def test_200(self, house: House) -> None:
        person = house.owner()
        assert house.get(person, path(person, person.key_id))["id"] == person.key_id

    def test_404(self, house: House) -> None:
        person, other = house.owner(), house.owner()
        for key in (MISSING, other.key_id, "x"):
            answer = house.call(person, "GET", path(person, key))
            assert refused(answer) == (404, "API_KEY_NOT_FOUND")


class TestChange:
    def test_200_describes(self, house: House) -> None:
        person = house.owner()
        answer = house.send(person, "PATCH", path(person, person.key_id), {"desc": " laptop "})
        assert (answer.status_code, answer.json()["desc"]) == (200, "laptop")
        assert answer.json()["enabled"] is True

    def test_200_disables_and_from_then_on_the_key_proves_nothing(self, house: House) -> None:
        person = house.owner()
        key = second(house, person)
        body = {"enabled": False, "desc": "old"}
        answer = house.send(person, "PATCH", path(person, key), body)
        assert (answer.json()["enabled"], answer.json()["desc"]) == (False, "old")
        own = house.send(person, "PATCH", path(person, person.key_id), {"enabled": False})
        assert own.status_code == 200
        assert house.call(person, "GET", path(person)).status_code == 401

    @pytest.mark.parametrize(
        ("body", "code", "names"),
        [
            ({}, "MISSING_ONE_OF_ATTRIBUTES", "enabled"),
            ([], "INVALID_JSON_ATTRIBUTE", "object"),
            ({"enabled": "false"}, "INVALID_JSON_ATTRIBUTE", "enabled"),
            ({"enabled": 0}, "INVALID_JSON_ATTRIBUTE", "enabled"),
            ({"enabled": None}, "INVALID_JSON_ATTRIBUTE", "enabled"),
            ({"desc": 1}, "INVALID_JSON_ATTRIBUTE", "desc"),
            ({"desc": ""}, "INVALID_API_KEY_DESC", "description"),
            ({"desc": " "}, "INVALID_API_KEY_DESC", "description"),
            ({"desc": "x" * 256}, "INVALID_API_KEY_DESC", "255"),
            ({"desc": "a\x00b"}, "INVALID_API_KEY_DESC", "control"),
            ({"enabled": False, "desc": ""}, "INVALID_API_KEY_DESC", "description"),
            ({"id": MISSING}, "ATTRIBUTE_READ_ONLY", "id"),
            ({"privateKey": "x"}, "ATTRIBUTE_READ_ONLY", "privateKey"),
            ({"roles": []}, "INVALID_ATTRIBUTE", "roles"),
            ({"userId": MISSING}, "INVALID_ATTRIBUTE", "userId"),
            ({"bearer_digest": "x"}, "INVALID_ATTRIBUTE", "bearer_digest"),
        ],
    )
    def test_400_and_nothing_changes(self, house: House, body: Any, code: str, names: str) -> None:
        person = house.owner()
        before = house.get(person, path(person, person.key_id))
        answer = house.send(person, "PATCH", path(person, person.key_id), body)
        assert refused(answer) == (400, code)
        assert names in answer.json()["detail"]
        after = house.get(person, path(person, person.key_id))
        assert (after["desc"], after["enabled"]) == (before["desc"], before["enabled"])

    def test_404(self, house: House) -> None:
        person, other = house.owner(), house.owner()
        for key in (MISSING, other.key_id):
            answer = house.send(person, "PATCH", path(person, key), {"enabled": False})
            assert refused(answer) == (404, "API_KEY_NOT_FOUND")
        assert house.call(other, "GET", path(other)).status_code == 200

    def test_415(self, house: House) -> None:
        person = house.owner()
        answer = house.call(person, "PATCH", path(person, person.key_id), data={"desc": "x"})
        assert refused(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


class TestDelete:
    def test_200_is_an_empty_object(self, house: House) -> None:
        person = house.owner()
        key = second(house, person)
        answer = house.call(person, "DELETE", path(person, key))
        assert (answer.status_code, answer.text) == (200, "{}")
        assert [k["id"] for k in house.get(person, path(person))["results"]] == [person.key_id]

    def test_404(self, house: House) -> None:
        person, other = house.owner(), house.owner()
        for key in (MISSING, other.key_id):
            answer = house.call(person, "DELETE", path(person, key))
            assert refused(answer) == (404, "API_KEY_NOT_FOUND")
        assert house.call(other, "GET", path(other)).status_code == 200
