from requests import Response

from api.house import PUBLIC, PUBLIC_URL, House
from keyreeve.domain.role import GLOBAL_READ_ONLY, GROUP_READ_ONLY


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


class TestGet:
    def test_200_of_oneself(self, house: House) -> None:
        person = house.person()
        group = house.group(person)
        document = house.get(person, f"/users/{person.id}")
        own = f"{PUBLIC_URL}{PUBLIC}/users/{person.id}"
        links = {link["rel"]: link["href"] for link in document.pop("links")}
        assert links == {
            "self": own,
            "http://mms.mongodb.com/whitelist": f"{own}/whitelist",
            "http://mms.mongodb.com/accessList": f"{own}/accessList",
            "http://mms.mongodb.com/apiKeys": f"{own}/apiKeys",
            "http://mms.mongodb.com/events": f"{own}/events",
        }
        assert document == {
            "id": person.id,
            "username": person.username,
            "emailAddress": person.username,
            "firstName": "Ada",
            "lastName": "Lovelace",
            "roles": [{"roleName": "GROUP_OWNER", "groupId": group}],
        }

    def test_200_of_one_who_shares_a_group_with_the_roles_there(self, house: House) -> None:
        ada, bob = house.owner(), house.person()
        shared = house.group(ada)
        house.grant(bob, shared, GROUP_READ_ONLY)
        roles = house.get(bob, f"/users/{ada.id}")["roles"]
        assert roles == [{"roleName": "GROUP_OWNER", "groupId": shared}]

    def test_200_of_anybody_for_a_global_role(self, house: House) -> None:
        person, other = house.person(), house.owner()
        house.grant(person, None, GLOBAL_READ_ONLY)
        assert house.get(person, f"/users/{other.id}")["username"] == other.username
        [role] = house.get(person, f"/users/{person.id}")["roles"]
        assert role == {"roleName": "GLOBAL_READ_ONLY"}

    def test_404_of_a_stranger(self, house: House) -> None:
        answer = house.call(house.owner(), "GET", f"/users/{house.owner().id}")
        assert refused(answer) == (404, "USER_NOT_FOUND")

    def test_the_key_never_stands_in_it(self, house: House) -> None:
        person = house.owner()
        text = house.call(person, "GET", f"/users/{person.id}").text
        assert person.key not in text
        assert person.key_id not in text


class TestGetByName:
    def test_200_with_the_at_sign_plain_and_escaped(self, house: House) -> None:
        person = house.owner()
        for name in (person.username, person.username.replace("@", "%40")):
            assert house.get(person, f"/users/byName/{name}")["id"] == person.id

    def test_404(self, house: House) -> None:
        answer = house.call(house.owner(), "GET", "/users/byName/nobody@example.org")
        assert refused(answer) == (404, "USER_NOT_FOUND")
        assert answer.json()["parameters"] == ["nobody@example.org"]
