"""The principles that hold on every operation, and the order of answers, over real sockets."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
from requests import Response

from api import house as houses
from api.house import ATLAS, LOCAL, PUBLIC, PUBLIC_URL, House, Person
from enforcement import serving
from keyreeve.api import bodies
from postgres import Postgres

BODY_401 = (
    '{"reason":"Unauthorized","error":401,"detail":"You are not authorized for this resource."}'
)
BASES = (PUBLIC, ATLAS)


def refused(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


def readings(person: Person, group: str) -> list[str]:
    own = f"/users/{person.id}"
    return [
        "/", "/whoami", "/groups", f"/groups/{group}", f"/groups/{group}/users", own,
        f"/groups/{group}/events", f"{own}/events", f"/groups/{group}/operations",
        f"/users/byName/{person.username}", f"{own}/whitelist", f"{own}/whitelist/{LOCAL}",
        f"{own}/accessList", f"{own}/accessList/{LOCAL}", f"{own}/apiKeys",
        f"{own}/apiKeys/{person.key_id}",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def ada(house: House) -> Person:
    return house.owner(LOCAL)


@pytest.fixture(scope="module")
def group(house: House, ada: Person) -> str:
    return house.group(ada)


@pytest.fixture(scope="module")
def paths(ada: Person, group: str) -> list[str]:
    return readings(ada, group)


class TestEveryReading:
    @pytest.mark.parametrize("base", BASES)
    def test_answers_under_both_bases_with_a_slash_and_without(
        self, house: House, ada: Person, paths: list[str], base: str
    ) -> None:
        for path in paths:
            plain = house.call(ada, "GET", path.rstrip("/"), base=base)
            slashed = house.call(ada, "GET", path.rstrip("/") + "/", base=base)
            assert (plain.status_code, slashed.status_code) == (200, 200), path
            own = next(link for link in plain.json()["links"] if link["rel"] == "self")
            assert own["href"].startswith(PUBLIC_URL + base), path

    def test_answers_head_with_the_headers_of_its_get(
        self, house: House, ada: Person, paths: list[str]
    ) -> None:
        for path in paths:
            got, head = (house.call(ada, method, path) for method in ("GET", "HEAD"))
            assert (head.status_code, head.content) == (200, b"")
            for name in ("Content-Type", "Content-Length", "Cache-Control", "Vary"):
                # What is counted of its uses may grow between the two.
                if name != "Content-Length" or "apiKeys" not in path:
                    assert head.headers[name] == got.headers[name], (path, name)

    def test_is_marked(self, house: House, ada: Person, paths: list[str]) -> None:
        ids = set()
        for path in paths:
            answer = house.call(ada, "GET", path, headers={"X-Request-Id": "mine"})
            ids.add(answer.headers["X-Request-Id"])
            assert answer.headers["Content-Type"] == "application/json"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Vary"] == "Authorization"
        assert len(ids) == len(paths)
        assert "mine" not in ids

    def test_may_be_pretty_and_in_an_envelope(
        self, house: House, ada: Person, paths: list[str]
    ) -> None:
        for path in paths:
            if "apiKeys" in path:
                continue
            plain = house.get(ada, path)
            pretty = house.call(ada, "GET", path + "?pretty=true")
            assert '"links" : [ {\n' in pretty.text
            enveloped = house.get(ada, path + "?envelope=true")
            assert enveloped.pop("status") == 200
            content = enveloped if "results" in enveloped else enveloped["content"]
            for document in (pretty.json(), content):
                assert _without_links(document) == _without_links(plain), path

    def test_is_not_harmed_by_types_of_later_clients(
        self, house: House, ada: Person, paths: list[str]
    ) -> None:
        vendor = "application/vnd.atlas.2023-02-01+json"
        for path in paths:
            headers = {"Accept": vendor, "Content-Type": "text/plain"}
            assert house.call(ada, "GET", path, headers=headers).status_code == 200

    @pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE"])
    def test_answers_405_with_allow_to_methods_that_are_not(
        self, house: House, ada: Person, group: str, method: str
    ) -> None:
        for path, allowed in (
            ("/", "GET, HEAD"),
            ("/groups", "GET, HEAD, POST"),
            (f"/groups/{group}", "DELETE, GET, HEAD, PATCH"),
        ):
            if method not in allowed:
                answer = house.call(ada, method, path)
                assert refused(answer) == (405, "METHOD_NOT_ALLOWED")
                assert answer.headers["Allow"] == allowed

    def test_answers_401_to_strangers_whatever_they_send(
        self, house: House, ada: Person, paths: list[str]
    ) -> None:
        wrong = Person(ada.id, ada.username, "kr_wrong", ada.key_id)
        for path in [*paths, "/nowhere", f"/users/{ada.id}/nowhere"]:
            for method in ("GET", "POST", "DELETE", "PROPFIND"):
                anonymous = requests.request(method, house.url(path), data=b"{broken", timeout=30)
                failed = house.call(wrong, method, path, data=b"{broken")
                for answer in (anonymous, failed):
                    assert (answer.status_code, answer.text) == (401, BODY_401)
                    assert answer.headers["WWW-Authenticate"].startswith('Digest realm="')
                    assert answer.headers["Cache-Control"] == "no-store"


def _without_links(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_links(inner) for name, inner in value.items() if name != "links"}
    return [_without_links(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def many(house: House) -> Person:
    person = house.person()
    for _ in range(5):
        house.group(person)
    return person


class TestLists:
    def test_pages_lead_to_each_other(self, house: House, many: Person) -> None:
        path, seen = "/groups?itemsPerPage=2&pretty=true", []
        while path:
            page = house.get(many, path)
            assert page["totalCount"] == 5
            assert page["links"][0]["rel"] == "self"
            assert all("pageNum=" in link["href"] for link in page["links"])
            seen += [entry["id"] for entry in page["results"]]
            last = page["links"][-1]
            path = last["href"].removeprefix(PUBLIC_URL + PUBLIC) if last["rel"] == "next" else ""
        assert len(set(seen)) == 5

    def test_a_page_past_the_end_is_empty(self, house: House, many: Person) -> None:
        for number in ("7", "999999999999999"):
            page = house.get(many, f"/groups?pageNum={number}")
            assert (page["results"], page["totalCount"]) == ([], 5)
            assert [link["rel"] for link in page["links"]] == ["self", "previous"]

    def test_the_count_may_be_left_out(self, house: House, many: Person) -> None:
        assert "totalCount" not in house.get(many, "/groups?includeCount=false")

    @pytest.mark.parametrize(
        "asked", ["pageNum=0", "itemsPerPage=501", "itemsPerPage=0", "pageNum=x", "envelope=x"]
    )
    def test_400_for_a_page_that_makes_no_sense(
        self, house: House, many: Person, asked: str
    ) -> None:
        answer = house.call(many, "GET", f"/groups?{asked}")
        assert refused(answer) == (400, "INVALID_QUERY_PARAMETER")
        assert answer.json()["parameters"][0] == asked.partition("=")[0]

    def test_unknown_parameters_change_nothing(self, house: House, many: Person) -> None:
        page = house.get(many, "/groups?flattenTeams=true&tag=a&tag=b")
        assert page["totalCount"] == 5
        assert "flattenTeams=true&tag=a&tag=b&pageNum=1" in page["links"][0]["href"]


class TestErrors:
    def test_each_is_a_document(self, house: House, ada: Person) -> None:
        answer = house.call(ada, "GET", "/nowhere")
        assert answer.json() == {
            "detail": f"Cannot find resource {PUBLIC}/nowhere.",
            "error": 404,
            "errorCode": "RESOURCE_NOT_FOUND",
            "parameters": [f"{PUBLIC}/nowhere"],
            "reason": "Not Found",
        }

    @pytest.mark.parametrize(
        ("method", "path"),
        [("GET", "/nowhere"), ("GET", "/groups/x"), ("DELETE", "/"), ("GET", "/groups?pageNum=0")],
    )
    def test_each_may_be_pretty_and_in_an_envelope(
        self, house: House, ada: Person, method: str, path: str
    ) -> None:
        mark = "&" if "?" in path else "?"
        plain = house.call(ada, method, path)
        styled = house.call(ada, method, f"{path}{mark}envelope=true&pretty=true")
        assert styled.status_code == plain.status_code
        assert styled.text.startswith('{\n  "status" : ')
        assert styled.json() == {"status": plain.status_code, "content": plain.json()}


class TestBodies:
    """Nobody's body is looked at before he may do what he asks for."""

    @pytest.fixture
    def path(self, ada: Person) -> str:
        return f"/users/{ada.id}/whitelist"

    def test_413(self, house: House, ada: Person, path: str) -> None:
        body = b" " * (bodies.SIZE_LIMIT + 1)
        assert refused(house.send(ada, "POST", path, body)) == (413, "REQUEST_BODY_TOO_LARGE")

    def test_413_for_a_body_that_hides_its_size(self, house: House, ada: Person, path: str) -> None:
        chunks = (b" " * 65536 for _ in range(17))
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {ada.key}"}
        answer = requests.post(house.url(path), data=chunks, headers=headers, timeout=30)
        assert refused(answer) == (413, "REQUEST_BODY_TOO_LARGE")

    @pytest.mark.parametrize("declared", [None, "text/plain", "application/xml"])
    def test_415(self, house: House, ada: Person, path: str, declared: str | None) -> None:
        headers = {} if declared is None else {"Content-Type": declared}
        answer = house.call(ada, "POST", path, data=b"[]", headers=headers)
        assert refused(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")

    def test_vendor_json_is_json(self, house: House, ada: Person, path: str) -> None:
        headers = {"Content-Type": "application/vnd.atlas.2023-02-01+json"}
        assert house.call(ada, "POST", path, data=b"[]", headers=headers).status_code == 201

    def test_a_large_body_is_read_by_nobody_before_the_401(self, house: House, path: str) -> None:
        head = f"POST {PUBLIC}{path} HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n"
        with serving.connected(house.port) as connection:
            connection.sendall(head.encode())
            assert serving.answer(connection).status == 401

    def test_403_comes_before_413_and_415(self, house: House) -> None:
        person = house.owner()
        path = f"/users/{person.id}/whitelist"
        for data in (b" " * (bodies.SIZE_LIMIT + 1), b"x"):
            answer = house.call(person, "POST", path, data=data)
            assert refused(answer) == (403, "RESOURCE_REQUIRES_WHITELIST")


class TestTargets:
    """One spelling for one path: anything else is refused, not repaired."""

    @pytest.mark.parametrize(
        "path",
        [
            "//groups", "/./groups", "/x/../groups", "/x/%2e%2e/groups", "/x%2f..%2fgroups",
            "/x/..%2fgroups", "/%67roups", "/x/..;/groups", "/groups%00", "/groups%00/../x",
            "/groups//", "/groups%2F", "/groups\\", "/x\\..\\groups", "/x%5c..%5cgroups",
            "/x/%252e%252e/groups", "/%c0%aegroups", "/%c0%ae%c0%ae/groups", "/groups%0d%0aX:1",
            "/groups%09", "/x//..//groups", "/x/%2fgroups", "/groups%", "/groups%zz", "/groups/%2F",
        ],
    )  # fmt: skip
    def test_400(self, house: House, path: str) -> None:
        for base in BASES:
            request = f"GET {base}{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            [answer] = serving.exchange(house.port, request.encode())
            assert answer.status == 400
            assert answer.document["error"] == 400

    @pytest.mark.parametrize("path", ["/GROUPS", "/groups;a=b", "/groups%20", "/groups."])
    def test_404_for_another_path(self, house: House, ada: Person, path: str) -> None:
        headers = {"Authorization": f"Bearer {ada.key}"}
        answer = requests.get(house.url(path), headers=headers, timeout=30)
        assert refused(answer) == (404, "RESOURCE_NOT_FOUND")

    def test_400_comes_before_401(self, house: House) -> None:
        two = {"Authorization": "x"}
        request = (
            f"GET {PUBLIC}/groups HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\n"
            "Authorization: x\r\nConnection: close\r\n\r\n"
        )
        [answer] = serving.exchange(house.port, request.encode())
        assert (answer.status, answer.document["errorCode"]) == (400, "AUTHORIZATION_REPEATED")
        assert requests.get(house.url("/groups"), headers=two, timeout=30).status_code == 401


class TestClients:
    def curl(self, house: House, person: Person, path: str, *options: str) -> tuple[int, Any]:
        command = ["curl", "-sS", "--digest", "-u", f"{person.username}:{person.key}"]
        command += ["-w", "\n%{http_code}", *options, house.url(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)

    def test_curl_adds_reads_and_deletes_an_entry(self, house: House) -> None:
        person = house.owner(LOCAL)
        path = f"/users/{person.id}/whitelist"
        body = '[{"cidrBlock": "10.0.0.0/8", "comment": "office"}]'
        added = self.curl(house, person, path, "-H", "Content-Type: application/json", "-d", body)
        assert (added[0], added[1]["totalCount"]) == (201, 2)
        assert self.curl(house, person, f"{path}/10.0.0.0%2F8")[1]["comment"] == "office"
        assert self.curl(house, person, f"{path}/10.0.0.0%2F8", "-X", "DELETE") == (200, {})

    def test_curl_posts_a_large_body_and_is_answered(self, house: House) -> None:
        person = house.owner(LOCAL)
        entries = [{"ipAddress": LOCAL, "comment": "x" * 200} for _ in range(2000)]
        options = ["-H", "Content-Type: application/json", "-d", "@-"]
        command = ["curl", "-sS", "--digest", "-u", f"{person.username}:{person.key}", *options]
        done = subprocess.run(
            [*command, house.url(f"/users/{person.id}/whitelist")],
            check=True, capture_output=True, timeout=60, input=json.dumps(entries).encode(),
        )  # fmt: skip
        assert json.loads(done.stdout)["totalCount"] == 1

    def test_the_key_works_as_bearer_and_under_its_public_id(self, house: House) -> None:
        person = house.owner()
        headers = {"Authorization": f"Bearer {person.key}"}
        assert requests.get(house.url("/groups"), headers=headers, timeout=30).status_code == 200
        by_id = Person(person.id, person.key_id, person.key, person.key_id)
        assert house.call(by_id, "GET", "/groups").status_code == 200

    def test_a_session_goes_on_with_its_nonce(self, house: House) -> None:
        person = house.owner()
        with requests.Session() as session:
            session.auth = requests.auth.HTTPDigestAuth(person.username, person.key)
            answers = [session.get(house.url("/groups"), timeout=30) for _ in range(10)]
        assert [answer.status_code for answer in answers] == [200] * 10
        assert [len(answer.history) for answer in answers] == [1] + [0] * 9

    def test_a_header_sent_again_is_a_replay(self, house: House) -> None:
        person = house.owner()
        sent = house.call(person, "GET", "/groups").request.headers["Authorization"]
        again = requests.get(house.url("/groups"), headers={"Authorization": sent}, timeout=30)
        assert (again.status_code, again.text) == (401, BODY_401)
        assert "stale=false" in again.headers["WWW-Authenticate"]


def test_all_of_it_holds_on_postgresql_too(postgres: Postgres, tmp_path: Path) -> None:
    with (
        postgres.database() as url,
        houses.opened(
            tmp_path, KEYREEVE_DATABASE_URL=url, KEYREEVE_DATA_DIR=str(tmp_path)
        ) as house,
    ):
        person = house.owner(LOCAL, "10.0.0.0/8")
        for path in readings(person, house.group(person)):
            assert house.call(person, "GET", path).status_code == 200, path
        page = house.get(person, "/groups?pageNum=999999999999999&itemsPerPage=500")
        assert page["results"] == []
        own = f"/users/{person.id}"
        added = house.send(person, "POST", f"{own}/whitelist", [{"ipAddress": "192.0.2.1"}])
        assert (added.status_code, added.json()["totalCount"]) == (201, 3)
        for entry in ("10.0.0.0%2F8", "192.0.2.1"):
            assert house.call(person, "DELETE", f"{own}/accessList/{entry}").status_code == 200
        assert refused(house.call(person, "DELETE", f"{own}/whitelist/192.0.2.1"))[0] == 404
        own_key = f"{own}/apiKeys/{person.key_id}"
        assert house.send(person, "PATCH", own_key, {"enabled": False}).status_code == 200
        assert house.call(person, "GET", "/groups").status_code == 401
