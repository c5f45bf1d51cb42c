"""People's clients and the page "Configure API Access", behind each of the real proxies."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth

from doors import proxies, upstream
from doors.installation import Installation
from doors.proxies import PROXIES, RunningProxy
from doors.upstream import Upstream

ADA, ZOE, BOB, EVE = (f"{name}@example.org" for name in ("ada", "zoe", "bob", "eve"))
"""An Owner with a list, one without, a member with a list, and somebody from another group."""
HOME, ELSEWHERE = "127.0.0.77", "127.0.0.66"
REQUESTS = 4
BODY = json.dumps({"name": "c" * 100_000})
ANY, OWNER = {"x-keyreeve-roles": ["*"]}, {"x-keyreeve-roles": ["GROUP_OWNER"]}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Clusters", "version": "1"},
    "x-keyreeve-group": "groupId",
    "paths": {
        "/groups/{groupId}/clusters": {"get": ANY, "post": OWNER},
        "/groups/{groupId}/clusters/{name}": {"delete": {"x-keyreeve-whitelisted": True}},
        "/groups/{groupId}/files/{path}": {
            "parameters": [{"name": "path", "in": "path", "x-keyreeve-slash": True}],
            "get": ANY,
        },
    },
}


@dataclass
class Town:
    """One installation, and every proxy with a gate before one API."""

    installation: Installation
    api: Upstream
    proxies: dict[str, RunningProxy]
    groups: dict[str, str]
    keys: dict[str, dict[str, Any]]


@dataclass
class House:
    """One of the proxies."""

    town: Town
    proxy: RunningProxy

    def path(self, rest: str, *, group: str = "open") -> str:
        return f"/groups/{self.town.groups[group]}/{rest}"

    def curl(
        self, who: str, path: str, *options: str, source: str = HOME, key: str | None = None,
        times: int = 1,
    ) -> tuple[list[int], list[Any], int]:  # fmt: skip
        """Call as curl does; return statuses, bodies, and how many connections that took."""
        self.town.api.forget()
        secret = key or self.town.keys[who]["key"]
        said = "\n%{http_code} %{num_connects}\n"
        words = ["curl", "-sS", "--digest", "--interface", source, "-u", f"{who}:{secret}"]
        words += ["--path-as-is", "-w", said, *options, *[self.proxy.url + path] * times]
        done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=30)
        lines = done.stdout.splitlines()
        ends = [line.split() for line in lines[1::2]]
        bodies = [json.loads(body) if body else None for body in lines[::2]]
        return [int(end[0]) for end in ends], bodies, sum(int(end[1]) for end in ends)

    def session(self, who: str, source: str = HOME) -> requests.Session:
        session = requests.Session()
        session.auth = HTTPDigestAuth(who, self.town.keys[who]["key"])
        session.mount("http://", From(source))
        return session


class From(HTTPAdapter):
    """Calls from one of the addresses of this host."""

    def __init__(self, source: str) -> None:
        self._source = source
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._source, 0), **more)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    installation = Installation(tmp_path_factory.mktemp("town"))
    run = installation.run
    for who in (ADA, ZOE, BOB, EVE):
        run("user", "create", who)
    groups = {
        name: run("group", "create", name, "--owner", owner, "--public-api", api)["id"]
        for name, owner, api in (("open", ADA, "on"), ("closed", ADA, "off"), ("other", EVE, "on"))
    }
    run("role", "grant", ZOE, groups["open"], "GROUP_OWNER")
    run("role", "grant", BOB, groups["open"], "GROUP_READ_ONLY")
    for who, entry in ((ADA, HOME), (BOB, HOME), (EVE, "0.0.0.0/0")):
        run("whitelist", "add", who, entry)
    keys = {who: run("key", "generate", who, "--description", "k") for who in (ADA, ZOE, BOB, EVE)}
    keys["disabled"] = run("key", "generate", ADA, "--description", "disabled")
    run("key", "disable", ADA, keys["disabled"]["id"])
    document = installation.folder / "openapi.json"
    document.write_text(json.dumps(DOCUMENT))
    run("catalogue", "import", str(document))
    with upstream.upstream() as api, ExitStack() as stack:
        running = {
            name: stack.enter_context(
                proxies.guarded(name, installation, upstream=api, KEYREEVE_LOG_LEVEL="info")
            )
            for name in PROXIES
        }
        yield Town(installation, api, running, groups, keys)


@pytest.fixture(params=PROXIES)
def house(request: pytest.FixtureRequest, town: Town) -> House:
    return House(town, town.proxies[request.param])


class TestClients:
    def test_curl_gets_through_again_and_again_on_one_connection(self, house: House) -> None:
        path = house.path("clusters?pretty=true&name=a%20b%2Fc")
        statuses, bodies, connections = house.curl(BOB, path, times=REQUESTS)
        assert statuses == [200] * REQUESTS
        assert connections == 1
        assert {body["line"] for body in bodies} == {f"GET {path} HTTP/1.1"}

    def test_curl_sends_bodies(self, house: House, tmp_path: Path) -> None:
        (tmp_path / "body").write_text(BODY)
        options = ("-H", "Content-Type: application/json", "-d", f"@{tmp_path / 'body'}")
        statuses, bodies, connections = house.curl(ADA, house.path("clusters"), *options, times=2)
        assert (statuses, connections) == ([200, 200], 1)
        assert [body["length"] for body in bodies] == [len(BODY)] * 2
        assert [seen.body.decode() for seen in house.town.api.seen] == [BODY, BODY]

    def test_requests_gets_through_with_queries_and_bodies(self, house: House) -> None:
        url = house.proxy.url + house.path("clusters")
        with house.session(ADA) as session:
            for number in range(REQUESTS):
                read = session.get(url, params={"page": str(number), "q": "ä /&;"}, timeout=30)
                made = session.post(url, json={"name": BODY}, timeout=30)
                assert (read.status_code, made.status_code) == (200, 200)
                assert json.loads(house.town.api.seen[-1].body)["name"] == BODY

    def test_an_escaped_slash_stays_one(self, house: House) -> None:
        path = house.path("files/logs%2F2026%2Fmay.txt")
        statuses, bodies, _ = house.curl(BOB, path)
        assert (statuses, bodies[0]["line"]) == ([200], f"GET {path} HTTP/1.1")
        with house.session(BOB) as session:
            assert session.get(house.proxy.url + path, timeout=30).status_code == 200
        assert house.town.api.seen[-1].target == path

    def test_the_api_hears_who_calls(self, house: House) -> None:
        house.curl(
            BOB, house.path("clusters"), "-H", "Keyreeve-User: root", "-H", "Keyreeve_User: r"
        )
        (seen,) = house.town.api.seen
        assert seen.values("keyreeve-user") == [BOB]
        assert seen.values("keyreeve-roles") == ["GROUP_READ_ONLY"]
        assert seen.values("keyreeve-group") == [house.town.groups["open"]]
        assert seen.values("x-forwarded-for") == [HOME]
        assert not seen.values("keyreeve_user")


class TestThePage:
    def refused(self, house: House, who: str, *options: str, **more: Any) -> tuple[int, Any]:
        """Delete a cluster, which is whitelisted; return status and code."""
        path = house.path("clusters/main", group=more.pop("group", "open"))
        statuses, bodies, _ = house.curl(who, path, "-X", "DELETE", *options, **more)
        code = (bodies[0] or {}).get("errorCode")
        assert (statuses == [200]) == bool(house.town.api.seen)
        return statuses[0], code

    def test_an_owner_may_from_an_address_on_his_list(self, house: House) -> None:
        assert self.refused(house, ADA) == (200, None)

    def test_nobody_may_from_another_address(self, house: House) -> None:
        found = self.refused(house, ADA, source=ELSEWHERE)
        assert found == (403, "IP_ADDRESS_NOT_ON_WHITELIST")

    def test_nobody_may_by_saying_that_he_calls_from_there(self, house: House) -> None:
        names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Envoy-External-Address")
        options = [word for name in names for word in ("-H", f"{name}: {HOME}")]
        found = self.refused(house, ADA, *options, source=ELSEWHERE)
        assert found == (403, "IP_ADDRESS_NOT_ON_WHITELIST")

    def test_the_denial_tells_the_address_that_we_saw(self, house: House) -> None:
        path = house.path("clusters/main")
        _, (body,), _ = house.curl(ADA, path, "-X", "DELETE", source=ELSEWHERE)
        assert (body["address"], body["rule"]) == (ELSEWHERE, "8")

    def test_an_owner_with_an_empty_list_may_not(self, house: House) -> None:
        assert self.refused(house, ZOE) == (403, "RESOURCE_REQUIRES_WHITELIST")

    def test_a_member_who_is_no_owner_may_not(self, house: House) -> None:
        assert self.refused(house, BOB) == (403, "USER_UNAUTHORIZED")

    def test_whoever_is_not_in_the_group_may_not(self, house: House) -> None:
        assert self.refused(house, EVE) == (403, "GROUP_NOT_FOUND")

    def test_a_disabled_key_is_none(self, house: House) -> None:
        disabled = house.town.keys["disabled"]["key"]
        assert self.refused(house, ADA, key=disabled) == (401, None)

    def test_a_closed_group_is_closed(self, house: House) -> None:
        found = self.refused(house, ADA, group="closed")
        assert found == (403, "GROUP_PUBLIC_API_DISABLED")

    def test_what_is_not_in_the_catalogue_is_refused(self, house: House) -> None:
        statuses, bodies, _ = house.curl(ADA, house.path("unheard-of"))
        assert (statuses, bodies[0]["errorCode"]) == ([403], "OPERATION_UNKNOWN")
