import json
from typing import Any

import pytest
from requests import Response

from api.house import LOCAL, PUBLIC, PUBLIC_URL, House, Person
from keyreeve.domain.role import GROUP_READ_ONLY

NAMES = ("whitelist", "accessList")


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


def path(person: Person, entry: str = "", name: str = "whitelist") -> str:
    return f"/users/{person.id}/{name}" + (f"/{entry}" if entry else "")


@pytest.mark.parametrize("name", NAMES)
class TestList:
    def test_200(self, house: House, name: str) -> None:
        person = house.owner("10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "2001:db8::1")
        page = house.get(person, path(person, name=name))
        own = f"{PUBLIC_URL}{PUBLIC}/users/{person.id}/{name}"
        assert page["totalCount"] == 4
        assert page["links"] == [{"rel": "self", "href": f"{own}?pageNum=1&itemsPerPage=100"}]
        assert [entry["cidrBlock"] for entry in page["results"]] == [
            "10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32", "2001:db8::1/128",
        ]  # fmt: skip
        assert [entry.get("ipAddress") for entry in page["results"]] == [
            None, "192.0.2.1", None, "2001:db8::1",
        ]  # fmt: skip
        [link] = page["results"][0]["links"]
        assert link == {"rel": "self", "href": f"{own}/10.0.0.0%2F8"}
        assert {entry["count"] for entry in page["results"]} == {0}
        assert "lastUsed" not in page["results"][0]

    def test_200_is_empty_without_an_entry(self, house: House, name: str) -> None:
        person = house.owner()
        page = house.get(person, path(person, name=name))
        assert (page["results"], page["totalCount"], len(page["links"])) == ([], 0, 1)

    def test_404_for_another_user_even_in_the_same_group(self, house: House, name: str) -> None:
        ada, bob = house.person(LOCAL), house.person()
        house.grant(bob, house.group(ada))
        answer = house.call(bob, "GET", path(ada, name=name))
        assert refused(answer) == (404, "USER_NOT_FOUND")


@pytest.mark.parametrize("name", NAMES)
class TestGet:
    @pytest.mark.parametrize(
        ("stored", "asked"),
        [
            ("10.0.0.0/8", "10.0.0.0%2F8"),
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1%2F32"),
            ("192.0.2.1/32", "192.0.2.1"),
            ("2001:db8::/32", "2001:db8::%2F32"),
            ("2001:db8::1", "2001:DB8:0::1"),
        ],
    )
    def test_200(self, house: House, name: str, stored: str, asked: str) -> None:
        person = house.owner(stored)
        document = house.get(person, path(person, asked, name))
        assert document["links"][0]["href"].startswith(PUBLIC_URL)
        following = document["links"][0]["href"].removeprefix(PUBLIC_URL + PUBLIC)
        assert house.get(person, following) == document

    def test_404_where_it_is_only_contained(self, house: House, name: str) -> None:
        person = house.owner("10.0.0.0/8")
        answer = house.call(person, "GET", path(person, "10.0.0.1", name))
        assert refused(answer) == (404, "WHITELIST_NOT_FOUND")

    def test_400_where_it_is_no_address(self, house: House, name: str) -> None:
        person = house.owner("10.0.0.0/8")
        answer = house.call(person, "GET", path(person, "10.0.0.1%2F8", name))
        assert refused(answer) == (400, "INVALID_IP_ADDRESS_OR_CIDR_NOTATION")
        assert "10.0.0.0/8" in answer.json()["detail"]


@pytest.mark.parametrize("name", NAMES)
class TestAdd:
    def test_201_answers_with_the_whole_list(self, house: House, name: str) -> None:
        person = house.owner(LOCAL)
        entries = [
            {"ipAddress": "198.51.100.7", "comment": " office "},
            {"cidrBlock": "10.0.0.0/8"},
            {"cidrBlock": "192.0.2.7/32"},
            {"ipAddress": "203.0.113.0/24"},
        ]
        answer = house.send(person, "POST", path(person, name=name), entries)
        assert answer.status_code == 201
        found = {e["cidrBlock"]: e.get("comment") for e in answer.json()["results"]}
        assert found == {
            "127.0.0.1/32": None,
            "198.51.100.7/32": "office",
            "10.0.0.0/8": None,
            "192.0.2.7/32": None,
            "203.0.113.0/24": None,
        }
        assert answer.json()["totalCount"] == 5

    def test_201_ignores_known_entries(self, house: House, name: str) -> None:
        person = house.owner(LOCAL)
        twice = [{"ipAddress": LOCAL}, {"cidrBlock": "127.0.0.1/32"}, {"ipAddress": "192.0.2.1"}]
        for _ in range(2):
            answer = house.send(person, "POST", path(person, name=name), twice)
            assert (answer.status_code, answer.json()["totalCount"]) == (201, 2)

    def test_201_opens_at_once(self, house: House, name: str) -> None:
        person = house.owner("0.0.0.0/0")
        answer = house.send(person, "POST", path(person, name=name), [{"ipAddress": LOCAL}])
        assert answer.status_code == 201
        assert house.call(person, "DELETE", path(person, "0.0.0.0%2F0", name)).status_code == 200
        assert house.listed(person) == {LOCAL}

    def test_201_is_whole_beyond_a_page(self, house: House, name: str) -> None:
        person = house.owner(LOCAL)
        entries = [{"ipAddress": f"192.0.2.{number}"} for number in range(120)]
        page = house.send(person, "POST", path(person, name=name), entries).json()
        assert (len(page["results"]), page["totalCount"]) == (121, 121)
        following = page["links"][0]["href"].removeprefix(PUBLIC_URL + PUBLIC)
        assert house.get(person, following) == page

    def test_400_beyond_two_hundred(self, house: House, name: str) -> None:
        person = house.owner(LOCAL)
        entries = [{"ipAddress": f"10.0.{n // 250}.{n % 250}"} for n in range(200)]
        answer = house.send(person, "POST", path(person, name=name), entries)
        assert refused(answer) == (400, "WHITELIST_LIMIT_REACHED")
        assert house.listed(person) == {LOCAL}

    def test_403_without_an_entry(self, house: House, name: str) -> None:
        person = house.owner()
        answer = house.send(person, "POST", path(person, name=name), [{"ipAddress": LOCAL}])
        assert refused(answer) == (403, "RESOURCE_REQUIRES_WHITELIST")
        assert answer.json()["rule"] == "7"
        assert not house.listed(person)

    def test_403_from_an_unlisted_address_names_it(self, house: House, name: str) -> None:
        person = house.owner("192.0.2.1")
        answer = house.send(person, "POST", path(person, name=name), [{"ipAddress": LOCAL}])
        assert refused(answer) == (403, "IP_ADDRESS_NOT_ON_WHITELIST")
        document = answer.json()
        assert document["parameters"] == [LOCAL]
        assert document["detail"].startswith(f"IP address {LOCAL} is not allowed")
        assert (document["address"], document["rule"]) == (LOCAL, "8")
        assert house.listed(person) == {"192.0.2.1"}

    def test_403_without_the_role_of_an_owner(self, house: House, name: str) -> None:
        person = house.person(LOCAL)
        house.grant(person, house.group(house.person()), GROUP_READ_ONLY)
        answer = house.send(person, "POST", path(person, name=name), [{"ipAddress": "192.0.2.1"}])
        assert refused(answer) == (403, "USER_UNAUTHORIZED")

    def test_403_comes_before_a_look_at_the_body(self, house: House, name: str) -> None:
        person = house.owner()
        answer = house.send(person, "POST", path(person, name=name), b"{broken")
        assert refused(answer) == (403, "RESOURCE_REQUIRES_WHITELIST")

    def test_404_for_another_user(self, house: House, name: str) -> None:
        ada, bob = house.owner(LOCAL), house.owner(LOCAL)
        answer = house.send(bob, "POST", path(ada, name=name), [{"ipAddress": "192.0.2.1"}])
        assert refused(answer) == (404, "USER_NOT_FOUND")
        assert house.listed(ada) == {LOCAL}


IP, JSON_ATTRIBUTE = "INVALID_IP_ADDRESS_OR_CIDR_NOTATION", "INVALID_JSON_ATTRIBUTE"
BAD_BODIES: list[tuple[Any, str, str]] = [
    # body, errorCode, what the detail names
    (b"", "INVALID_JSON", "line 1"),
    (b"{", "INVALID_JSON", "line 1"),
    (b"[{'ipAddress': '10.0.0.1'}]", "INVALID_JSON", "line 1"),
    (b'[{"ipAddress": "10.0.0.1"},]', "INVALID_JSON", "line 1"),
    (b'[{"ipAddress": "10.0.0.1"}] x', "INVALID_JSON", "line 1"),
    (b'[{"ipAddress": "10.0.0.1", "ipAddress": "10.0.0.2"}]', "INVALID_JSON", "ipAddress"),
    (b'[{"ipAddress": "10.0.0.1", "ip\\u0041ddress": "10.0.0.2"}]', "INVALID_JSON", "ipAddress"),
    (b'[{"ipAddress": NaN}]', "INVALID_JSON", "NaN"),
    (b'[{"ipAddress": -Infinity}]', "INVALID_JSON", "-Infinity"),
    (b'[{"ipAddress": 1e999}]', "INVALID_JSON", "too large"),
    (b'[{"ipAddress": ' + b"1" * 5000 + b"}]", "INVALID_JSON", "too long"),
    (b'[{"ipAddress": "\\ud800"}]', "INVALID_JSON", "surrogate"),
    (b'[{"ipAddress": "\xff"}]', "INVALID_JSON", "UTF-8"),
    (b'\xef\xbb\xbf[{"ipAddress": "10.0.0.1"}]', "INVALID_JSON", "line 1"),
    ('[{"ipAddress": "10.0.0.1"}]'.encode("utf-16"), "INVALID_JSON", "UTF-8"),
    (b"[" * 33 + b"]" * 33, "INVALID_JSON", "levels"),
    (b"[" * 100_000, "INVALID_JSON", "levels"),
    (b"[" * 100_000 + b"]" * 100_000, "INVALID_JSON", "levels"),
    (b"null", JSON_ATTRIBUTE, "array"),
    ({"ipAddress": "10.0.0.1"}, JSON_ATTRIBUTE, "array"),
    ("10.0.0.1", JSON_ATTRIBUTE, "array"),
    (["10.0.0.1"], JSON_ATTRIBUTE, "object"),
    ([None], JSON_ATTRIBUTE, "object"),
    ([[]], JSON_ATTRIBUTE, "object"),
    ([{"ipAddress": True}], JSON_ATTRIBUTE, "ipAddress"),
    ([{"ipAddress": None}], JSON_ATTRIBUTE, "ipAddress"),
    ([{"ipAddress": 167772161}], JSON_ATTRIBUTE, "ipAddress"),
    ([{"ipAddress": ["10.0.0.1"]}], JSON_ATTRIBUTE, "ipAddress"),
    ([{"cidrBlock": 10.0}], JSON_ATTRIBUTE, "cidrBlock"),
    ([{"ipAddress": "10.0.0.1", "comment": 1}], JSON_ATTRIBUTE, "comment"),
    ([{"ipAddress": "10.0.0.1", "colour": "red"}], "INVALID_ATTRIBUTE", "colour"),
    ([{"IPADDRESS": "10.0.0.1"}], "INVALID_ATTRIBUTE", "IPADDRESS"),
    ([{"ip_address": "10.0.0.1"}], "INVALID_ATTRIBUTE", "ip_address"),
    ([{"ipAddress": "10.0.0.1", "count": 0}], "ATTRIBUTE_READ_ONLY", "count"),
    ([{"ipAddress": "10.0.0.1", "lastUsed": "x"}], "ATTRIBUTE_READ_ONLY", "lastUsed"),
    ([{"ipAddress": "10.0.0.1", "links": []}], "ATTRIBUTE_READ_ONLY", "links"),
    ([{}], "MISSING_ONE_OF_ATTRIBUTES", "ipAddress"),
    ([{"comment": "x"}], "MISSING_ONE_OF_ATTRIBUTES", "cidrBlock"),
    ([{"ipAddress": "10.0.0.1", "cidrBlock": "10.0.0.1/32"}], "BAD_WHITELIST_ADD_REQUEST", "both"),
    ([{"ipAddress": "10.0.0.1", "comment": "x" * 256}], "INVALID_ATTRIBUTE", "comment"),
    ([{"ipAddress": "10.0.0.1", "comment": "a\nb"}], "INVALID_ATTRIBUTE", "comment"),
    ([{"ipAddress": "010.0.0.1"}], IP, "ipAddress"),
    ([{"cidrBlock": "10.0.0.0/255.0.0.0"}], IP, "cidrBlock"),
    ([{"cidrBlock": "10.0.0.1/8"}], IP, "10.0.0.0/8"),
    ([{"ipAddress": "true"}], IP, "ipAddress"),
    ([{"ipAddress": "fe80::1%eth0"}], IP, "ipAddress"),
    ([{"ipAddress": ""}], IP, "ipAddress"),
    ([{"ipAddress": " 10.0.0.1"}], IP, "ipAddress"),
    ([{"ipAddress": "10.0.0.1\n"}], IP, "ipAddress"),
    ([{"ipAddress": "10.1"}], IP, "ipAddress"),
    ([{"ipAddress": "167772161"}], IP, "ipAddress"),
    ([{"ipAddress": "0x0a.0.0.1"}], IP, "ipAddress"),
    ([{"ipAddress": "10.0.0.256"}], IP, "ipAddress"),
    ([{"ipAddress": "\u0661\u0660.0.0.1"}], IP, "ipAddress"),
    ([{"ipAddress": "::1.2.3.4"}], IP, "ipAddress"),
    ([{"cidrBlock": "10.0.0.0/33"}], IP, "cidrBlock"),
    ([{"cidrBlock": "10.0.0.0/08"}], IP, "cidrBlock"),
    ([{"cidrBlock": "10.0.0.0/8/8"}], IP, "cidrBlock"),
    ([{"cidrBlock": "2001:db8::1/32"}], IP, "2001:db8::/32"),
    ([{"ipAddress": "192.0.2.9"}, {"ipAddress": "x"}], IP, "ipAddress"),
]


@pytest.fixture(scope="module")
def listed(house: House) -> Person:
    return house.owner(LOCAL)


@pytest.mark.parametrize(("body", "code", "names"), BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_bad_body_is_refused_by_name_and_nothing_changes(
    house: House, listed: Person, body: Any, code: str, names: str
) -> None:
    answer = house.send(listed, "POST", path(listed), body)
    document = answer.json()
    assert (answer.status_code, document["errorCode"]) == (400, code)
    assert names in document["detail"]
    assert (document["error"], document["reason"]) == (400, "Bad Request")
    assert house.listed(listed) == {LOCAL}


@pytest.mark.parametrize("name", NAMES)
class TestRemove:
    def test_200_is_an_empty_object(self, house: House, name: str) -> None:
        person = house.owner(LOCAL, "10.0.0.0/8")
        answer = house.call(person, "DELETE", path(person, "10.0.0.0%2F8", name))
        assert (answer.status_code, answer.text) == (200, "{}")
        assert house.listed(person) == {LOCAL}

    def test_200_where_another_entry_covers_the_caller(self, house: House, name: str) -> None:
        person = house.owner(LOCAL, "127.0.0.0/8")
        assert house.call(person, "DELETE", path(person, LOCAL, name)).status_code == 200

    def test_400_where_none_would_cover_the_caller(self, house: House, name: str) -> None:
        person = house.owner(LOCAL, "10.0.0.0/8")
        answer = house.call(person, "DELETE", path(person, LOCAL, name))
        assert refused(answer) == (400, "CANNOT_REMOVE_CALLER_FROM_WHITELIST")
        assert answer.json()["parameters"] == [LOCAL, LOCAL]
        assert house.listed(person) == {LOCAL, "10.0.0.0/8"}

    def test_403_from_an_unlisted_address(self, house: House, name: str) -> None:
        person = house.owner("192.0.2.1")
        answer = house.call(person, "DELETE", path(person, "192.0.2.1", name))
        assert refused(answer) == (403, "IP_ADDRESS_NOT_ON_WHITELIST")

    def test_404(self, house: House, name: str) -> None:
        person = house.owner(LOCAL)
        answer = house.call(person, "DELETE", path(person, "192.0.2.1", name))
        assert refused(answer) == (404, "WHITELIST_NOT_FOUND")


def test_uses_of_an_entry_are_counted(house: House) -> None:
    person = house.owner(LOCAL, "10.0.0.0/8")
    for number in range(3):
        assert house.send(person, "POST", path(person), [{"ipAddress": f"192.0.2.{number}"}]).ok
    house.get(person, path(person))
    house.recorder.flush()
    used, unused, *_ = house.get(person, path(person))["results"]
    assert (used["count"], used["lastUsedAddress"]) == (3, LOCAL)
    assert used["lastUsed"].endswith("Z")
    assert (unused["count"], "lastUsed" in unused) == (0, False)


def test_the_change_is_on_record_with_who_made_it(house: House) -> None:
    person = house.owner(LOCAL)
    house.send(person, "POST", path(person), [{"ipAddress": "192.0.2.1"}])
    with house.database.snapshot() as s:
        event = s.audit_log.list()[0]
    assert (event.action, event.actor.name) == ("whitelist.add", person.username)
    assert (event.actor.user_id, event.actor.address) == (person.id, LOCAL)


def test_a_body_is_json_whatever_its_whitespace_and_escapes(house: House) -> None:
    person = house.owner(LOCAL)
    body = b' \r\n\t[ { "\\u0069pAddress" : "192.0.2.1" , "comment" : "\\ud83d\\ude00" } ] '
    answer = house.send(person, "POST", path(person), body)
    assert answer.status_code == 201
    assert json.loads(answer.text)["results"][1]["comment"] == "\N{GRINNING FACE}"
