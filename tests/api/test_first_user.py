from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from argon2 import PasswordHasher
from requests import Response

from api import house as houses
from api.house import LOCAL, PUBLIC, PUBLIC_URL, House, Person

BODY = {
    "username": "ada@example.org",
    "password": "correct horse",
    "firstName": "Ada",
    "lastName": "Lovelace",
}


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[House]:
    with houses.opened(tmp_path, KEYREEVE_FIRST_USER_API="on") as house:
        yield house


def post(house: House, body: Any = BODY, query: str = "", **options: Any) -> Response:
    url = house.url(f"/unauth/users{query}")
    return requests.post(url, json=body, timeout=30, **options)


class TestCreate:
    def test_201_makes_a_global_owner_who_may_begin_at_once(self, empty: House) -> None:
        answer = post(empty, query=f"?whitelist={LOCAL}&whitelist=10.0.0.0/8&accessList=10.0.0.0/8")
        assert answer.status_code == 201, answer.text
        document = answer.json()
        user, key = document["user"], document["programmaticApiKey"]
        own = f"{PUBLIC_URL}{PUBLIC}/users/{user['id']}"
        assert user["roles"] == key["roles"] == [{"roleName": "GLOBAL_OWNER"}]
        assert user["links"][0] == {"rel": "self", "href": own}
        assert key["publicKey"] == key["id"]
        assert key["privateKey"] == document["apiKey"]
        ada = Person(user["id"], user["username"], document["apiKey"], key["id"])
        assert empty.get(ada, f"/users/{ada.id}") == user
        assert empty.listed(ada) == {LOCAL, "10.0.0.0/8"}
        group = empty.send(ada, "POST", "/groups", {"name": "first"}).json()
        assert empty.call(ada, "DELETE", f"/groups/{group['id']}").status_code == 200
        with empty.database.snapshot() as s:
            assert PasswordHasher().verify(s.users.password_hash(ada.id) or "", "correct horse")
        assert "horse" not in answer.text

    def test_201_without_a_whitelist(self, empty: House) -> None:
        assert post(empty, BODY | {"emailAddress": BODY["username"]}).status_code == 201

    def test_403_once_there_is_a_user_however_made(self, empty: House) -> None:
        empty.person()
        for body in (BODY, b"{"):
            answer = post(empty, body if isinstance(body, dict) else None)
            assert refused(answer) == (403, "CANNOT_CREATE_FIRST_USER_USERS_ALREADY_EXIST")
        assert len(answer.headers["X-Request-Id"]) == 24

    def test_what_makes_no_first_user(self, empty: House) -> None:
        for body, query, expected in [
            (BODY | {"password": "short"}, "", (400, "WEAK_PASSWORD")),
            (BODY | {"username": "ada"}, "", (400, "INVALID_USERNAME")),
            (BODY | {"emailAddress": "x@y"}, "", (400, "INVALID_EMAIL_ADDRESS")),
            (BODY | {"roles": []}, "", (400, "ATTRIBUTE_READ_ONLY")),
            (BODY | {"globalRoles": []}, "", (400, "INVALID_ATTRIBUTE")),
            ({"username": "ada@example.org"}, "", (400, "MISSING_ATTRIBUTE")),
            (BODY, "?whitelist=10.0.0.1/8", (400, "INVALID_IP_ADDRESS_OR_CIDR_NOTATION")),
            (BODY, "?pretty=x", (400, "INVALID_QUERY_PARAMETER")),
        ]:
            assert refused(post(empty, body, query)) == expected
        answer = requests.post(empty.url("/unauth/users"), data="x", timeout=30)
        assert refused(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")
        with empty.database.snapshot() as s:
            assert s.users.count() == 0

    def test_405_for_other_methods(self, empty: House) -> None:
        answer = requests.get(empty.url("/unauth/users"), timeout=30)
        assert refused(answer) == (405, "METHOD_NOT_ALLOWED")
        assert answer.headers["Allow"] == "POST"
        assert "WWW-Authenticate" not in answer.headers
        head = requests.head(empty.url("/unauth/users"), timeout=30)
        assert (head.status_code, head.content) == (405, b"")


def test_404_unless_it_is_enabled(house: House) -> None:
    for method in ("POST", "GET"):
        answer = requests.request(method, house.url("/unauth/users"), json=BODY, timeout=30)
        assert refused(answer) == (404, "RESOURCE_NOT_FOUND")
