"""`keyreeve explain`: the same rule, without a call."""

import json
from typing import Any

import pytest

from doors.installation import BASE, Installation

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.org"


@pytest.fixture
def group(installation: Installation) -> str:
    """Ada owns a group and lists 192.0.2.0/24, Bob reads in it, Eve is a stranger."""
    run = installation.run
    for who in (ADA, BOB, EVE):
        run("user", "create", who)
        run("key", "generate", who, "--description", "x")
    demo = run("group", "create", "Demo", "--owner", ADA, "--public-api", "on")["id"]
    run("role", "grant", BOB, demo, "GROUP_READ_ONLY")
    run("whitelist", "add", ADA, "192.0.2.0/24")
    return str(demo)


def explain(
    installation: Installation, who: str, method: str, path: str, address: str = "192.0.2.1"
) -> Any:
    words = ("--user", who, "--method", method, "--path", BASE + path, "--address", address)
    return installation.run("explain", *words)


def told(document: Any) -> tuple[str, int, str | None, str | None]:
    """Return decision, status, reason, and the rule that said no."""
    no = [step["rule"] for step in document["trace"] if step["reply"] == "no"]
    return document["decision"], document["status"], document["reason"], no[0] if no else None


def test_every_rule_is_explained(installation: Installation, group: str) -> None:
    ids = {u["username"]: u["id"] for u in installation.run("user", "list")["results"]}
    own, path = f"/users/{ids[ADA]}/whitelist", f"/groups/{group}"
    for arguments, expected in (
        ((ADA, "GET", path), ("allow", 200, None, None)),
        ((ADA, "GET", "/groups/byName/Demo"), ("allow", 200, None, None)),
        ((ADA, "GET", "/nothing"), ("deny", 404, "OPERATION_UNKNOWN", "2")),
        ((ADA, "PUT", path), ("deny", 405, "METHOD_NOT_ALLOWED", "2")),
        ((EVE, "GET", path), ("deny", 404, "GROUP_NOT_FOUND", "3")),
        ((EVE, "GET", f"/users/{ids[ADA]}"), ("deny", 404, "USER_NOT_FOUND", "3b")),
        ((ADA, "POST", own), ("allow", 200, None, None)),
        ((ADA, "POST", own, "203.0.113.1"), ("deny", 403, "ADDRESS_NOT_LISTED", "8")),
        ((BOB, "POST", f"/users/{ids[BOB]}/whitelist"), ("deny", 403, "OWNER_REQUIRED", "6")),
    ):
        assert told(explain(installation, *arguments)) == expected, arguments
    installation.run("whitelist", "remove", ADA, "192.0.2.0/24")
    assert told(explain(installation, ADA, "POST", own))[2:] == ("WHITELIST_EMPTY", "7")
    installation.run("group", "set", "Demo", "--public-api", "off")
    assert told(explain(installation, ADA, "GET", path))[2:] == ("GROUP_PUBLIC_API_DISABLED", "4")
    installation.run("user", "disable", BOB)
    assert told(explain(installation, BOB, "GET", path)) == (
        "challenge", 401, "user disabled", "1",
    )  # fmt: skip


def test_a_user_without_a_live_key_proves_nothing(installation: Installation) -> None:
    installation.run("user", "create", ADA)
    assert told(explain(installation, ADA, "GET", "")) == ("challenge", 401, "key unknown", "1")
    made = installation.run("key", "generate", ADA, "--description", "x")
    installation.run("key", "disable", ADA, made["id"])
    assert told(explain(installation, ADA, "GET", ""))[2] == "key disabled"


def test_people_get_the_trace_as_a_table(installation: Installation, group: str) -> None:
    words = ("--user", EVE, "--method", "GET", "--path", f"{BASE}/groups/{group}")
    done = installation.attempt("explain", *words)
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[0] == "DENY 404 GROUP_NOT_FOUND"
    assert "an unknown address" in lines[1]
    assert [line.split()[:2] for line in lines[4:7]] == [["1", "yes"], ["2", "yes"], ["3", "no"]]


def test_what_cannot_be_asked_is_refused(installation: Installation, group: str) -> None:
    for changed, code in (
        ({"--path": "/a/../b"}, "TARGET_NOT_CANONICAL"),
        ({"--address": "010.0.0.1"}, "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        ({"--user": "nobody@example.org"}, "USER_NOT_FOUND"),
    ):
        asked = {"--user": ADA, "--method": "GET", "--path": f"/{group}"} | changed
        words = [word for pair in asked.items() for word in pair]
        done = installation.attempt("explain", *words, "--json")
        assert (done.returncode, json.loads(done.stderr)["error"]["code"]) == (1, code)
