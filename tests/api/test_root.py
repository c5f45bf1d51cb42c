from api.house import ATLAS, LOCAL, PUBLIC, PUBLIC_URL, House


class TestGet:
    def test_200_says_what_answers_and_where_to_go(self, house: House) -> None:
        owner = house.person()
        role = {"roleName": "GROUP_OWNER", "groupId": house.group(owner)}
        document = house.get(owner, "/")
        links = {link["rel"]: link["href"] for link in document.pop("links")}
        assert document == {
            "appName": "Keyreeve",
            "build": "1.2.3",
            "throttling": False,
            "user": {"id": owner.id, "username": owner.username},
            "apiKey": {"id": owner.key_id, "publicKey": owner.key_id, "roles": [role]},
            "address": LOCAL,
        }
        assert links == {
            "self": f"{PUBLIC_URL}{PUBLIC}",
            "http://mms.mongodb.com/user": f"{PUBLIC_URL}{PUBLIC}/users/{owner.id}",
            "http://mms.mongodb.com/groups": f"{PUBLIC_URL}{PUBLIC}/groups",
            "http://mms.mongodb.com/whoami": f"{PUBLIC_URL}{PUBLIC}/whoami",
        }

    def test_200_without_the_slash(self, house: House) -> None:
        assert house.get(house.owner(), "")["appName"] == "Keyreeve"

    def test_200_links_under_the_base_that_was_called(self, house: House) -> None:
        links = house.get(house.owner(), "", base=ATLAS)["links"]
        assert all(link["href"].startswith(PUBLIC_URL + ATLAS) for link in links)

    def test_403_where_every_group_of_the_caller_is_closed(self, house: House) -> None:
        person = house.person()
        house.group(person, opened=False)
        answer = house.call(person, "GET", "/")
        assert answer.status_code == 403
        assert answer.json()["errorCode"] == "GROUP_PUBLIC_API_DISABLED"

    def test_405_names_the_methods_that_are(self, house: House) -> None:
        answer = house.call(house.owner(), "DELETE", "/")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
        assert answer.json()["errorCode"] == "METHOD_NOT_ALLOWED"
