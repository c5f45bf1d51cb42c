from urllib.parse import quote

import pytest
from requests import Response

from api.house import LOCAL, OPERATOR, PUBLIC, PUBLIC_URL, House
from keyreeve.domain.role import GROUP_READ_ONLY
from keyreeve.services import groups

MISSING = "f" * 24


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


class TestListOfGroup:
    def test_200_tells_every_change_newest_first(self, house: House) -> None:
        ada, bob = house.person(LOCAL), house.person()
        group = house.group(ada)
        house.grant(bob, group, GROUP_READ_ONLY)
        renamed = house.send(ada, "PATCH", f"/groups/{group}", {"name": f"new {group}"})
        assert renamed.status_code == 200
        page = house.get(bob, f"/groups/{group}/events")
        assert [event["eventTypeName"] for event in page["results"]] == [
            "GROUP_NAME_CHANGED",
            "USER_ROLES_CHANGED_AUDIT",
            "GROUP_CREATED",
        ]
        newest, granted, _ = page["results"]
        event_id = newest.pop("id")
        assert newest.pop("created").endswith("Z")
        assert newest.pop("details")["to"] == f"new {group}"
        assert newest == {
            "eventTypeName": "GROUP_NAME_CHANGED",
            "groupId": group,
            "userId": ada.id,
            "username": ada.username,
            "remoteAddress": LOCAL,
            "links": [
                {
                    "rel": "self",
                    "href": f"{PUBLIC_URL}{PUBLIC}/groups/{group}/events/{event_id}",
                }
            ],
        }
        assert (granted["username"], granted["targetUsername"]) == (OPERATOR.name, bob.username)
        assert not {"userId", "remoteAddress"} & granted.keys()

    def test_200_filters_by_type_and_date(self, house: House) -> None:
        ada, bob = house.person(), house.person()
        group = house.group(ada)
        house.grant(bob, group, GROUP_READ_ONLY)
        path = f"/groups/{group}/events"
        created = house.get(ada, path)["results"][-1]["created"]
        for query, count in [
            ("eventType=GROUP_CREATED", 1),
            ("eventType=GROUP_CREATED&eventType=USER_ROLES_CHANGED_AUDIT", 2),
            ("eventType=CLUSTER_CREATED", 0),
            (f"minDate={created}", 2),
            (f"minDate={created}&maxDate={created}&eventType=GROUP_CREATED", 1),
            (f"maxDate={quote('2026-01-01T00:00:00+00:00')}", 0),
            ("minDate=2100-01-01", 0),
            ("maxDate=2100-01-01&itemsPerPage=1", 1),
        ]:
            page = house.get(ada, f"{path}?{query}")
            assert len(page["results"]) == count, query
            assert query.partition("=")[0] + "=" in page["links"][0]["href"]

    @pytest.mark.parametrize("query", ["minDate=x", "maxDate=", "minDate=2026-01-01&minDate=2026"])
    def test_400_for_a_date_that_is_none(self, house: House, query: str) -> None:
        ada = house.person()
        answer = house.call(ada, "GET", f"/groups/{house.group(ada)}/events?{query}")
        assert refused(answer) == (400, "INVALID_QUERY_PARAMETER")

    def test_404_for_a_stranger(self, house: House) -> None:
        theirs = house.group(house.person())
        answer = house.call(house.owner(), "GET", f"/groups/{theirs}/events")
        assert refused(answer) == (404, "GROUP_NOT_FOUND")


class TestGetOfGroup:
    def test_200_reads_one_as_it_is_listed(self, house: House) -> None:
        ada = house.person()
        group = house.group(ada)
        [event] = house.get(ada, f"/groups/{group}/events")["results"]
        assert house.get(ada, f"/groups/{group}/events/{event['id']}") == event

    def test_404_for_an_event_of_another_group(self, house: House) -> None:
        ada = house.person()
        group, other = house.group(ada), house.group(ada)
        [event] = house.get(ada, f"/groups/{other}/events")["results"]
        for event_id in (event["id"], MISSING):
            answer = house.call(ada, "GET", f"/groups/{group}/events/{event_id}")
            assert refused(answer) == (404, "EVENT_NOT_FOUND")


class TestListOfUser:
    def test_200_tells_what_he_did_and_what_was_done_about_him(self, house: House) -> None:
        ada = house.owner(LOCAL)
        added = house.send(
            ada, "POST", f"/users/{ada.id}/whitelist", [{"cidrBlock": "192.0.2.0/24"}]
        )
        assert added.status_code == 201
        with house.database.transaction() as t:
            groups.create(t, OPERATOR, name=f"not hers {ada.id}", owner=None)
        page = house.get(ada, f"/users/{ada.id}/events")
        events = [event["eventTypeName"] for event in page["results"]]
        assert events == [
            "API_KEY_WHITELIST_ENTRY_ADDED",
            "GROUP_CREATED",
            "API_KEY_WHITELIST_ENTRY_ADDED",
            "API_KEY_CREATED",
            "USER_CREATED_AUDIT",
        ]
        assert page["results"][0]["whitelistEntry"] == "192.0.2.0/24"
        assert page["results"][3]["targetPublicKey"] == ada.key_id
        assert ada.key not in str(page)

    def test_404_for_another_user_though_he_shares_a_group(self, house: House) -> None:
        ada, bob = house.owner(), house.person()
        house.grant(bob, house.group(ada), GROUP_READ_ONLY)
        for path in ("events", f"events/{MISSING}"):
            answer = house.call(bob, "GET", f"/users/{ada.id}/{path}")
            assert refused(answer) == (404, "USER_NOT_FOUND")


class TestGetOfUser:
    def test_200_and_404(self, house: House) -> None:
        ada, bob = house.owner(), house.owner()
        event = house.get(ada, f"/users/{ada.id}/events")["results"][0]
        assert house.get(ada, f"/users/{ada.id}/events/{event['id']}") == event
        answer = house.call(bob, "GET", f"/users/{bob.id}/events/{event['id']}")
        assert refused(answer) == (404, "EVENT_NOT_FOUND")
