"""Input that is bad over a real socket: refused with a 400 that names it, and nothing changes."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from doors.installation import Installation, Server

OWNER = "ada@example.org"
LISTED = "127.0.0.1"
IP, TYPE = "INVALID_IP_ADDRESS_OR_CIDR_NOTATION", "INVALID_JSON_ATTRIBUTE"


@dataclass
class House:
    """An installation whose Owner may call whitelisted operations from here."""

    installation: Installation
    server: Server
    user_id: str
    key: str

    def curl(self, target: str, *options: str) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            ["curl", "-q", "-sS", "--path-as-is", "--digest", "-u", f"{OWNER}:{self.key}",
             "-w", "\n%{http_code}", *options, self.server.url + target],
            check=True, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)

    @property
    def whitelist(self) -> str:
        return f"/api/public/v1.0/users/{self.user_id}/whitelist"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    installation = Installation(tmp_path_factory.mktemp("bad"))
    run = installation.run
    user_id = run("user", "create", OWNER)["id"]
    run("group", "create", "Analytical", "--owner", OWNER, "--public-api", "on")
    run("whitelist", "add", OWNER, LISTED)
    key = run("key", "generate", OWNER, "--description", "test")["key"]
    with installation.serving() as server:
        yield House(installation, server, user_id, key)


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        ("", "INVALID_JSON", "line 1"),
        ("[", "INVALID_JSON", "line 1"),
        ('[{"ipAddress":"10.0.0.1","ipAddress":"10.0.0.2"}]', "INVALID_JSON", "ipAddress"),
        ('[{"ipAddress":NaN}]', "INVALID_JSON", "NaN"),
        ('[{"address":"10.0.0.1"}]', "INVALID_ATTRIBUTE", "address"),
        ('[{"ipAddress":true}]', TYPE, "ipAddress"),
        ('[{"ipAddress":null}]', TYPE, "ipAddress"),
        ('[{"ipAddress":167772161}]', TYPE, "ipAddress"),
        ("null", TYPE, "body"),
        ("{}", TYPE, "body"),
        ('[{"ipAddress":"010.0.0.1"}]', IP, "ipAddress"),
        ('[{"cidrBlock":"10.0.0.0/255.0.0.0"}]', IP, "cidrBlock"),
        ('[{"cidrBlock":"10.0.0.1/8"}]', IP, "10.0.0.0/8"),
        ('[{"ipAddress":"true"}]', IP, "ipAddress"),
        ('[{"ipAddress":"fe80::1%eth0"}]', IP, "ipAddress"),
    ],
)
def test_a_bad_body_is_a_400_that_names_it(house: House, body: str, code: str, named: str) -> None:
    posting = ["-H", "Content-Type: application/json", "-d", body]
    status, document = house.curl(house.whitelist, *posting)
    assert (status, document["errorCode"]) == (400, code)
    assert named in document["detail"]
    [entry] = house.curl(house.whitelist)[1]["results"]
    assert entry["ipAddress"] == LISTED


@pytest.mark.parametrize(
    "path",
    [
        "//groups",
        "/./groups",
        "/users/../groups",
        "/%67roups",
        "/groups%2F",
        "/groups//",
        "/groups/%00",
        "/groups/%25",
        "/groups/%ff",
        "/groups/%5c",
        "/groups/%zz",
    ],
)
def test_a_target_that_is_not_canonical_is_a_400(house: House, path: str) -> None:
    status, document = house.curl("/api/public/v1.0" + path)
    assert (status, document["errorCode"]) == (400, "TARGET_NOT_CANONICAL")


@pytest.mark.parametrize("entry", ["010.0.0.1", "10.0.0.1%2F8", "true", "10.0.0.0%2F255.0.0.0"])
def test_a_bad_address_in_a_path_is_a_400(house: House, entry: str) -> None:
    status, document = house.curl(f"{house.whitelist}/{entry}", "-X", "DELETE")
    assert (status, document["errorCode"]) == (400, IP)


def test_an_unrestricted_entry_is_for_callers_by_ipv6_too(installation: Installation) -> None:
    run = installation.run
    user_id = run("user", "create", OWNER)["id"]
    run("group", "create", "Analytical", "--owner", OWNER, "--public-api", "on")
    key = run("key", "generate", OWNER, "--description", "test")["key"]
    from_afar = ["-H", "X-Forwarded-For: 2001:db8::7", "-H", "Content-Type: application/json"]
    posting = [*from_afar, "-d", '[{"ipAddress": "198.51.100.7"}]']
    trusting = {
        "KEYREEVE_TRUSTED_PROXIES": LISTED,
        "KEYREEVE_CLIENT_ADDRESS_HEADER": "x-forwarded-for",
    }
    with installation.serving(**trusting) as server:
        house = House(installation, server, user_id, key)
        run("whitelist", "add", OWNER, LISTED)
        status, document = house.curl(house.whitelist, *posting)
        assert (status, document["address"]) == (403, "2001:db8::7")
        run("whitelist", "add", OWNER, "0.0.0.0/0")
        assert house.curl(house.whitelist, *posting)[0] == 201
        run("whitelist", "remove", OWNER, "0.0.0.0/0")
        assert house.curl(house.whitelist, *posting)[0] == 403
