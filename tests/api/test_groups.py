from urllib.parse import quote

import pytest
from requests import Response

from api.house import ATLAS, PUBLIC, PUBLIC_URL, House
from keyreeve.domain.role import GLOBAL_READ_ONLY, GROUP_READ_ONLY

MISSING = "f" * 24


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


class TestList:
    def test_200_holds_the_callers_groups_and_no_others(self, house: House) -> None:
        person = house.person()
        mine = [house.group(person), house.group(person, opened=False)]
        house.group(house.person())
        page = house.get(person, "/groups")
        assert [group["id"] for group in page["results"]] == mine
        assert [group["publicApiEnabled"] for group in page["results"]] == [True, False]
        assert page["totalCount"] == 2

    def test_200_holds_all_groups_for_a_global_role(self, house: House) -> None:
        person, other = house.person(), house.group(house.person())
        house.grant(person, None, GLOBAL_READ_ONLY)
        groups = house.get(person, "/groups?itemsPerPage=500")["results"]
        assert other in [group["id"] for group in groups]

    def test_200_entries_link_to_themselves_only(self, house: House) -> None:
        person = house.person()
        group = house.group(person)
        [entry] = house.get(person, "/groups", base=ATLAS)["results"]
        assert entry["links"] == [{"rel": "self", "href": f"{PUBLIC_URL}{ATLAS}/groups/{group}"}]

    def test_403_when_none_of_them_is_open(self, house: House) -> None:
        person = house.person()
        house.group(person, opened=False)
        answer = house.call(person, "GET", "/groups")
        assert refused(answer) == (403, "GROUP_PUBLIC_API_DISABLED")


class TestGet:
    def test_200_holds_what_old_clients_insist_on(self, house: House) -> None:
        person = house.person()
        group = house.group(person, name="Analytical")
        document = house.get(person, f"/groups/{group}")
        assert document.pop("created").endswith("Z")
        assert document == {
            "id": group,
            "name": "Analytical",
            "orgId": house.database.installation.org_id,
            "clusterCount": 0,
            "publicApiEnabled": True,
            "links": [
                {"rel": "self", "href": f"{PUBLIC_URL}{PUBLIC}/groups/{group}"},
                {
                    "rel": "http://mms.mongodb.com/users",
                    "href": f"{PUBLIC_URL}{PUBLIC}/groups/{group}/users",
                },
                {
                    "rel": "http://mms.mongodb.com/events",
                    "href": f"{PUBLIC_URL}{PUBLIC}/groups/{group}/events",
                },
                {
                    "rel": "http://mms.mongodb.com/operations",
                    "href": f"{PUBLIC_URL}{PUBLIC}/groups/{group}/operations",
                },
            ],
        }

    def test_403_when_it_is_closed(self, house: House) -> None:
        person = house.owner()
        closed = house.group(person, opened=False)
        answer = house.call(person, "GET", f"/groups/{closed}")
        assert refused(answer) == (403, "GROUP_PUBLIC_API_DISABLED")
        document = answer.json()
        assert (document["address"], document["rule"]) == ("127.0.0.1", "4")
        assert len(document["decision"]) == 24
        assert "WWW-Authenticate" not in answer.headers

    def test_404_is_the_same_for_a_strangers_group_and_for_none(self, house: House) -> None:
        person, theirs = house.owner(), house.group(house.person())
        answers = [house.call(person, "GET", f"/groups/{group}") for group in (theirs, MISSING)]
        assert [refused(answer) for answer in answers] == [(404, "GROUP_NOT_FOUND")] * 2
        bodies = {
            answer.text.replace(group, "GROUP")
            for answer, group in zip(answers, (theirs, MISSING), strict=True)
        }
        assert len(bodies) == 1


class TestGetByName:
    @pytest.mark.parametrize("name", ["Plain", "With space", "a/b", "Ärger & Co?", "byName", "50%"])
    def test_200(self, house: House, name: str) -> None:
        person = house.person()
        group = house.group(person, name=name)
        if "%" in name:
            # `%` itself cannot be spelt canonically: two readers could decode it twice.
            assert house.call(person, "GET", f"/groups/byName/{quote(name)}").status_code == 400
            return
        document = house.get(person, f"/groups/byName/{quote(name, safe='&')}")
        assert (document["id"], document["name"]) == (group, name)
        assert document["links"][0]["href"].endswith(f"/groups/{group}")

    def test_404(self, house: House) -> None:
        answer = house.call(house.owner(), "GET", "/groups/byName/nowhere")
        assert refused(answer) == (404, "GROUP_NOT_FOUND")
        assert answer.json()["parameters"] == ["nowhere"]


class TestListUsers:
    def test_200_holds_the_members_with_their_roles(self, house: House) -> None:
        ada, bob = house.person(), house.person()
        group = house.group(ada)
        house.grant(bob, group, GROUP_READ_ONLY)
        page = house.get(bob, f"/groups/{group}/users")
        assert page["totalCount"] == 2
        assert {user["username"]: user["roles"] for user in page["results"]} == {
            ada.username: [{"roleName": "GROUP_OWNER", "groupId": group}],
            bob.username: [{"roleName": "GROUP_READ_ONLY", "groupId": group}],
        }

    def test_200_with_a_slash_at_the_end_and_no_redirect(self, house: House) -> None:
        person = house.person()
        group = house.group(person)
        assert house.call(person, "GET", f"/groups/{group}/users/").status_code == 200
        assert house.call(person, "GET", "/groups/").status_code == 200

    def test_200_tells_nothing_of_groups_the_caller_is_not_in(self, house: House) -> None:
        ada, bob = house.owner(), house.person()
        group = house.group(ada)
        house.grant(bob, group, GROUP_READ_ONLY)
        users = house.get(bob, f"/groups/{group}/users")["results"]
        assert {role["groupId"] for user in users for role in user["roles"]} == {group}

    def test_404_for_a_stranger(self, house: House) -> None:
        theirs = house.group(house.person())
        answer = house.call(house.owner(), "GET", f"/groups/{theirs}/users")
        assert refused(answer) == (404, "GROUP_NOT_FOUND")
