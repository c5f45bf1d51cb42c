"""The page "Configure API Access", sentence by sentence, over real sockets with `curl --digest`."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from doors.installation import CommandFailed, Installation, Server

OWNER, MEMBER, STRANGER = "ada@example.org", "bob@example.org", "eve@example.org"


@dataclass
class House:
    """An installation with a group, its Owner and a read-only member, being served."""

    installation: Installation
    server: Server
    group: str
    users: dict[str, str]
    keys: dict[str, dict[str, Any]]

    def curl(
        self, who: str, path: str, *options: str, key: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        secret = key or self.keys[who]["key"]
        done = subprocess.run(
            ["curl", "-sS", "--digest", "-u", f"{who}:{secret}", "-w", "\n%{http_code}", *options,
             self.server.api + path],
            check=True, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)

    def add(self, who: str, entry: str) -> tuple[int, dict[str, Any]]:
        body = json.dumps([{"cidrBlock" if "/" in entry else "ipAddress": entry}])
        path = f"/users/{self.users[who]}/whitelist"
        return self.curl(who, path, "-H", "Content-Type: application/json", "-d", body)


@pytest.fixture
def house(installation: Installation) -> Iterator[House]:
    run = installation.run
    users = {who: run("user", "create", who)["id"] for who in (OWNER, MEMBER, STRANGER)}
    group = run("group", "create", "Analytical", "--owner", OWNER, "--public-api", "on")["id"]
    run("role", "grant", MEMBER, group, "GROUP_READ_ONLY")
    keys = {who: run("key", "generate", who, "--description", "test") for who in users}
    with installation.serving() as server:
        yield House(installation, server, group, users, keys)


def test_the_toggle_closes_and_opens_the_group(house: House) -> None:
    run = house.installation.run
    run("group", "set", house.group, "--public-api", "off")
    status, body = house.curl(OWNER, f"/groups/{house.group}")
    assert (status, body["errorCode"]) == (403, "GROUP_PUBLIC_API_DISABLED")
    run("group", "set", house.group, "--public-api", "on")
    status, body = house.curl(OWNER, f"/groups/{house.group}")
    assert (status, body["publicApiEnabled"]) == (200, True)


def test_a_user_has_up_to_ten_keys_and_disabled_ones_count(house: House) -> None:
    run = house.installation.run
    first = house.keys[OWNER]
    run("key", "disable", OWNER, first["id"])
    for number in range(2, 11):
        run("key", "generate", OWNER, "--description", f"key {number}")
    eleventh = house.installation.attempt("key", "generate", OWNER, "--description", "too many")
    assert eleventh.returncode != 0
    assert "10" in eleventh.stderr
    assert len(run("key", "list", OWNER)["results"]) == 10


def test_every_one_of_ten_keys_proves_its_owner(house: House) -> None:
    secrets = [house.keys[OWNER]["key"]]
    for number in range(2, 11):
        made = house.installation.run("key", "generate", OWNER, "--description", f"key {number}")
        secrets.append(made["key"])
    for secret in secrets:
        assert house.curl(OWNER, "/groups", key=secret)[0] == 200


def test_a_key_may_be_called_by_its_public_id(house: House) -> None:
    made = house.keys[OWNER]
    assert house.curl(made["id"], "/groups", key=made["key"])[0] == 200


def test_the_key_is_shown_once_and_stands_nowhere_in_clear(house: House) -> None:
    secret = house.keys[OWNER]["key"]
    assert house.curl(OWNER, "/groups")[0] == 200
    bearer = ["curl", "-sS", "-H", f"Authorization: Bearer {secret}", house.server.api + "/groups"]
    assert b"results" in subprocess.run(bearer, check=True, capture_output=True).stdout
    listed = house.installation.attempt("key", "list", OWNER, "--json").stdout
    _, over_api = house.curl(OWNER, f"/users/{house.users[OWNER]}/apiKeys")
    assert secret not in listed + json.dumps(over_api)
    house.server.process.terminate()
    house.server.process.wait(40)
    _assert_nowhere(house.installation.folder, secret)


def _assert_nowhere(folder: Path, secret: str) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "serve.log" and path.stat().st_size for path in files)
    for path in files:
        assert secret.encode() not in path.read_bytes(), path


def test_a_disabled_key_is_refused_and_an_enabled_one_works_again(house: House) -> None:
    key_id = house.keys[OWNER]["id"]
    house.installation.run("key", "disable", OWNER, key_id)
    status, body = house.curl(OWNER, "/groups")
    assert (status, "errorCode" in body) == (401, False)
    house.installation.run("key", "enable", OWNER, key_id)
    assert house.curl(OWNER, "/groups")[0] == 200
    house.installation.run("key", "delete", OWNER, key_id)
    assert house.curl(OWNER, "/groups")[0] == 401


def test_a_disabled_user_is_refused(house: House) -> None:
    house.installation.run("user", "disable", MEMBER)
    assert house.curl(MEMBER, "/groups")[0] == 401
    house.installation.run("user", "enable", MEMBER)
    assert house.curl(MEMBER, "/groups")[0] == 200


def test_the_last_owner_is_disabled_only_by_force(house: House) -> None:
    with pytest.raises(CommandFailed, match="CANNOT_DEMOTE_LAST_OWNER"):
        house.installation.run("user", "disable", OWNER)
    assert house.curl(OWNER, "/groups")[0] == 200
    house.installation.run("user", "disable", OWNER, "--force")
    assert house.curl(OWNER, "/groups")[0] == 401


def test_roles_apply_as_they_are(house: House) -> None:
    assert house.curl(MEMBER, f"/groups/{house.group}")[0] == 200
    assert house.curl(STRANGER, f"/groups/{house.group}")[0] == 404
    house.installation.run("role", "revoke", MEMBER, house.group, "GROUP_READ_ONLY")
    assert house.curl(MEMBER, f"/groups/{house.group}")[0] == 404


class TestWhitelistedOperations:
    """POST to the own whitelist is whitelisted, so the first entry comes from the operator."""

    def test_without_an_entry_none_is_let_through(self, house: House) -> None:
        status, body = house.add(OWNER, "198.51.100.7")
        assert (status, body["errorCode"]) == (403, "RESOURCE_REQUIRES_WHITELIST")

    def test_from_a_listed_address_they_answer(self, house: House) -> None:
        house.installation.run("whitelist", "add", OWNER, "127.0.0.1")
        status, body = house.add(OWNER, "198.51.100.7")
        assert status == 201
        listed = {entry["cidrBlock"] for entry in body["results"]}
        assert listed == {"127.0.0.1/32", "198.51.100.7/32"}

    def test_an_address_on_another_users_list_opens_nothing(self, house: House) -> None:
        run = house.installation.run
        run("role", "grant", MEMBER, house.group, "GROUP_OWNER")
        run("whitelist", "add", MEMBER, "127.0.0.1")
        run("whitelist", "add", OWNER, "203.0.113.0/24")
        status, body = house.add(OWNER, "198.51.100.7")
        assert (status, body["errorCode"]) == (403, "IP_ADDRESS_NOT_ON_WHITELIST")
        assert "127.0.0.1" in body["detail"]

    def test_unless_it_is_on_the_own_list_too(self, house: House) -> None:
        run = house.installation.run
        run("role", "grant", MEMBER, house.group, "GROUP_OWNER")
        run("whitelist", "add", MEMBER, "127.0.0.1")
        run("whitelist", "add", OWNER, "127.0.0.0/8")
        assert house.add(OWNER, "198.51.100.7")[0] == 201
        assert house.add(MEMBER, "198.51.100.8")[0] == 201

    def test_without_owner_a_listed_address_is_not_enough(self, house: House) -> None:
        house.installation.run("whitelist", "add", MEMBER, "127.0.0.1")
        status, body = house.add(MEMBER, "198.51.100.7")
        assert (status, body["errorCode"]) == (403, "USER_UNAUTHORIZED")

    def test_unrestricted_opens_and_deleting_the_entry_closes(self, house: House) -> None:
        run = house.installation.run
        run("whitelist", "add", OWNER, "203.0.113.0/24")
        run("whitelist", "add", OWNER, "0.0.0.0/0")
        assert house.add(OWNER, "198.51.100.7")[0] == 201
        run("whitelist", "remove", OWNER, "0.0.0.0/0")
        status, body = house.add(OWNER, "198.51.100.8")
        assert (status, body["errorCode"]) == (403, "IP_ADDRESS_NOT_ON_WHITELIST")

    def test_an_entry_is_deleted_over_the_api(self, house: House) -> None:
        run = house.installation.run
        run("whitelist", "add", OWNER, "127.0.0.1")
        run("whitelist", "add", OWNER, "10.0.0.0/8")
        path = f"/users/{house.users[OWNER]}/whitelist/10.0.0.0%2F8"
        assert house.curl(OWNER, path)[1]["cidrBlock"] == "10.0.0.0/8"
        assert house.curl(OWNER, path, "-X", "DELETE") == (200, {})
        status, body = house.curl(OWNER, path)
        assert (status, body["errorCode"]) == (404, "WHITELIST_NOT_FOUND")
