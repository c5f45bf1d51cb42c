from api.house import LOCAL, PUBLIC, PUBLIC_URL, House, Person
from keyreeve.domain.role import GLOBAL_READ_ONLY


class TestGet:
    def test_200_says_who_calls_and_from_where(self, house: House) -> None:
        person = house.person()
        group = house.group(person)
        house.grant(person, None, GLOBAL_READ_ONLY)
        document = house.get(person, "/whoami")
        roles = [{"roleName": GLOBAL_READ_ONLY}, {"roleName": "GROUP_OWNER", "groupId": group}]
        links = {link["rel"]: link["href"] for link in document.pop("links")}
        assert document == {
            "user": {"id": person.id, "username": person.username},
            "apiKey": {"id": person.key_id, "publicKey": person.key_id, "roles": roles},
            "roles": roles,
            "address": LOCAL,
            "hops": [{"name": LOCAL, "rule": "it called us, and nobody else is asked"}],
        }
        assert links == {
            "self": f"{PUBLIC_URL}{PUBLIC}/whoami",
            "http://mms.mongodb.com/user": f"{PUBLIC_URL}{PUBLIC}/users/{person.id}",
        }

    def test_200_names_the_user_however_his_key_was_named(self, house: House) -> None:
        person = house.owner()
        by_key = Person(person.id, person.key_id, person.key, person.key_id)
        assert house.get(by_key, "/whoami")["user"]["username"] == person.username

    def test_200_believes_no_header(self, house: House) -> None:
        answer = house.call(
            house.owner(), "GET", "/whoami", headers={"X-Forwarded-For": "192.0.2.1"}
        )
        assert answer.json()["address"] == LOCAL

    def test_403_where_no_group_is_open(self, house: House) -> None:
        answer = house.call(house.person(), "GET", "/whoami")
        assert (answer.status_code, answer.json()["errorCode"]) == (
            403,
            "GROUP_PUBLIC_API_DISABLED",
        )
