"""`keyreeve explain`: the same rule, without a call."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from doors.installation import BASE
from keyreeve.cli import command_line
from keyreeve.cli.explain import PresetName
from keyreeve.enforcement.gate_presets import PRESETS
from keyreeve.protocol.forwarded import Rule

ADA, BOB, EVE = "ada@example.org", "bob@example.org", "eve@example.org"


class Shell:
    """The command line, in this process and on an installation of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, *words: str) -> Any:
        assert command_line.run([*words, "--json"]) == 0, self._capsys.readouterr().err
        return json.loads(self._capsys.readouterr().out)

    def text(self, *words: str) -> str:
        assert command_line.run(words) == 0
        return self._capsys.readouterr().out

    def refused(self, *words: str) -> str:
        """Return the code of what a command was refused with."""
        assert command_line.run([*words, "--json"]) == 1
        return str(json.loads(self._capsys.readouterr().err)["error"]["code"])


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEYREEVE_DATABASE_URL", f"sqlite:///{tmp_path / 'keyreeve.db'}")
    return Shell(capsys)


@pytest.fixture
def group(shell: Shell) -> str:
    """Ada owns a group and lists 192.0.2.0/24, Bob reads in it, Eve is a stranger."""
    for who in (ADA, BOB, EVE):
        shell.run("user", "create", who)
        shell.run("key", "generate", who, "--description", "x")
    demo = shell.run("group", "create", "Demo", "--owner", ADA, "--public-api", "on")["id"]
    shell.run("role", "grant", BOB, demo, "GROUP_READ_ONLY")
    shell.run("whitelist", "add", ADA, "192.0.2.0/24")
    return str(demo)


def explain(shell: Shell, who: str, method: str, path: str, address: str = "192.0.2.1") -> Any:
    return shell.run("explain", *call(who, method, BASE + path, "--address", address))


def call(who: str, method: str, path: str, *more: str) -> tuple[str, ...]:
    return ("--user", who, "--method", method, "--path", path, *more)


def told(document: Any) -> tuple[str, int, str | None, str | None]:
    """Return decision, status, reason, and the rule that said no."""
    no = [step["rule"] for step in document["trace"] if step["reply"] == "no"]
    return document["decision"], document["status"], document["reason"], no[0] if no else None


def test_every_rule_is_explained(shell: Shell, group: str) -> None:
    ids = {u["username"]: u["id"] for u in shell.run("user", "list")["results"]}
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
        assert told(explain(shell, *arguments)) == expected, arguments
    shell.run("whitelist", "remove", ADA, "192.0.2.0/24")
    assert told(explain(shell, ADA, "POST", own))[2:] == ("WHITELIST_EMPTY", "7")
    shell.run("group", "set", "Demo", "--public-api", "off")
    assert told(explain(shell, ADA, "GET", path))[2:] == ("GROUP_PUBLIC_API_DISABLED", "4")
    shell.run("user", "disable", BOB)
    assert told(explain(shell, BOB, "GET", path)) == (
        "challenge", 401, "user disabled", "1",
    )  # fmt: skip


def test_a_user_without_a_live_key_proves_nothing(shell: Shell) -> None:
    shell.run("user", "create", ADA)
    assert told(explain(shell, ADA, "GET", "")) == ("challenge", 401, "key unknown", "1")
    made = shell.run("key", "generate", ADA, "--description", "x")
    shell.run("key", "disable", ADA, made["id"])
    assert told(explain(shell, ADA, "GET", ""))[2] == "key disabled"


def test_people_get_the_trace_as_a_table(shell: Shell, group: str) -> None:
    lines = shell.text("explain", *call(EVE, "GET", f"{BASE}/groups/{group}")).splitlines()
    assert lines[0] == "DENY 404 GROUP_NOT_FOUND"
    assert "an unknown address" in lines[1]
    assert [line.split()[:2] for line in lines[4:7]] == [["1", "yes"], ["2", "yes"], ["3", "no"]]


CATALOGUE = """
openapi: 3.1.0
x-keyreeve-group: {header: X-Group}
paths:
  /jobs:
    get: {operationId: job.list}
    post: {operationId: job.start, x-keyreeve-roles: [GROUP_OWNER], x-keyreeve-whitelisted: true}
  /jobs/{job}/log:
    get: {operationId: job.log, x-keyreeve-group: null, x-keyreeve-websocket: true}
  /status:
    get: {operationId: status, x-keyreeve-group: {fixed: p-1}}
  /api/public/v1.0/groups:
    get: {operationId: group.theirs, x-keyreeve-group: null, x-keyreeve-whitelisted: true}
"""


@pytest.fixture
def guarded(shell: Shell, group: str) -> str:
    """The same people, and the catalogue of another API."""
    Path("openapi.yaml").write_text(CATALOGUE)
    shell.run("catalogue", "import", "openapi.yaml")
    return group


def test_calls_of_the_guarded_api_are_explained_at_both_doors(shell: Shell, guarded: str) -> None:
    mine, here = ("--header", f"X-Group: {guarded}"), ("--address", "192.0.2.1")
    for words, expected in (
        (call(ADA, "GET", "/jobs", *mine), ("allow", 200, 200, None, None)),
        (call(ADA, "HEAD", "/jobs", *mine), ("allow", 200, 200, None, None)),
        (call(ADA, "GET", "/jobs"), ("deny", 404, 403, "GROUP_NOT_FOUND", "3")),
        (call(ADA, "GET", "/jobs", *mine, *mine), ("deny", 404, 403, "GROUP_NOT_FOUND", "3")),
        (call(EVE, "GET", "/jobs", *mine), ("deny", 404, 403, "GROUP_NOT_FOUND", "3")),
        (call(ADA, "GET", "/status"), ("deny", 404, 403, "GROUP_NOT_FOUND", "3")),
        (call(ADA, "GET", "/nothing"), ("deny", 404, 403, "OPERATION_UNKNOWN", "2")),
        (call(ADA, "PUT", "/jobs"), ("deny", 405, 403, "METHOD_NOT_ALLOWED", "2")),
        (call(BOB, "POST", "/jobs", *mine), ("deny", 403, 403, "ROLE_MISSING", "5")),
        (call(ADA, "POST", "/jobs", *mine), ("deny", 403, 403, "ADDRESS_NOT_LISTED", "8")),
        (call(ADA, "POST", "/jobs", *mine, *here), ("allow", 200, 200, None, None)),
    ):
        document = shell.run("explain", *words)
        word, status, reason, no = told(document)
        assert (word, status, document["gateStatus"], reason, no) == expected, words
        assert document["api"] == "guarded"
    assert (
        shell.run("explain", *call(ADA, "GET", "/nothing"))["gateErrorCode"] == "OPERATION_UNKNOWN"
    )
    assert shell.run("explain", *call(ADA, "PUT", "/jobs"))["allowedMethods"] == [
        "GET",
        "HEAD",
        "POST",
    ]
    assert shell.run("explain", *call(ADA, "GET", "/jobs/1/log"))["websocket"] is True


@pytest.mark.usefixtures("guarded")
def test_a_path_that_both_apis_have_is_our_own_unless_said_otherwise(shell: Shell) -> None:
    words = call(ADA, "GET", f"{BASE}/groups")
    document = shell.run("explain", *words)
    assert (document["api"], document["operation"], document["gateStatus"]) == (
        "own", "group.list", None,
    )  # fmt: skip
    document = shell.run("explain", *words, "--api", "guarded")
    assert (document["operation"], document["whitelisted"]) == ("group.theirs", True)
    assert (
        shell.run("explain", *call(ADA, "GET", "/jobs", "--api", "own"))["reason"]
        == "OPERATION_UNKNOWN"
    )


@pytest.mark.usefixtures("guarded")
def test_people_read_what_each_door_answers(shell: Shell) -> None:
    text = shell.text("explain", *call(ADA, "GET", "/nothing"))
    assert text.startswith("DENY 404 OPERATION_UNKNOWN (from the gate 403)\n")
    assert "of the guarded API" in text
    text = shell.text("explain", *call(ADA, "PUT", "/jobs"))
    assert "The path is known under GET, HEAD, POST." in text
    assert "websocket" in shell.text("explain", *call(ADA, "GET", "/jobs/1/log"))


def test_each_hop_is_shown_with_the_rule_that_chose_the_address(
    shell: Shell, guarded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYREEVE_TRUSTED_PROXIES", "10.0.0.0/8")
    monkeypatch.setenv("KEYREEVE_CLIENT_ADDRESS_HEADER", "x-forwarded-for")
    words = call(ADA, "POST", "/jobs", "--header", f"X-Group: {guarded}")
    sent = ("--forwarded", "X-Forwarded-For: 203.0.113.9, 192.0.2.1, 10.0.0.2")
    document = shell.run("explain", *words, "--peer", "10.0.0.1", *sent)
    assert (document["address"], document["decision"]) == ("192.0.2.1", "allow")
    assert document["origin"]["source"] == "x-forwarded-for"
    assert document["origin"]["trustedProxies"] == ["10.0.0.0/8"]
    hops = [(hop["name"], hop["rule"]) for hop in document["origin"]["hops"]]
    assert hops == [
        ("10.0.0.1", Rule.TRUSTED.value),
        ("10.0.0.2", Rule.TRUSTED.value),
        ("192.0.2.1", Rule.CALLER.value),
        ("203.0.113.9", Rule.IGNORED.value),
    ]
    document = shell.run(
        "explain", *words, "--peer", "192.0.2.8", "--forwarded", "X-Forwarded-For: ::1"
    )
    assert document["address"] == "192.0.2.8"
    text = shell.text("explain", *words, "--peer", "10.0.0.1")
    assert "from an unknown address" in text
    assert "HOP" in text
    assert Rule.SILENT.value in text


def test_a_gate_reads_what_its_preset_names_and_believes_its_own_host(
    shell: Shell, guarded: str
) -> None:
    words = call(ADA, "POST", "/jobs", "--header", f"X-Group: {guarded}", "--preset", "nginx")
    sent = ("--forwarded", "X-Real-IP: 192.0.2.1", "--forwarded", "X-Forwarded-For: 203.0.113.9")
    for peer in ("127.0.0.1", "unix"):
        document = shell.run("explain", *words, "--peer", peer, *sent)
        assert (document["address"], document["decision"]) == ("192.0.2.1", "allow")
        assert document["origin"]["source"] == "x-real-ip"
    assert shell.run("explain", *words, "--peer", "203.0.113.1", *sent)["address"] == "203.0.113.1"


def test_where_doors_only_observe_it_says_so(
    shell: Shell, guarded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = ("--header", f"X-Group: {guarded}")
    words, own = call(BOB, "POST", "/jobs", *mine), call(BOB, "GET", f"{BASE}/nothing")
    assert shell.run("explain", *words)["overlooked"] is False
    monkeypatch.setenv("KEYREEVE_MODE", "observe")
    document = shell.run("explain", *words)
    assert (document["decision"], document["overlooked"]) == ("deny", True)
    assert "let the call through" in shell.text("explain", *words)
    assert shell.run("explain", *own)["overlooked"] is False
    assert shell.run("explain", *call(ADA, "GET", "/jobs", *mine))["overlooked"] is False


def test_a_preset_is_one_of_the_gates() -> None:
    assert set(get_args(PresetName)) == set(PRESETS)


@pytest.mark.usefixtures("guarded")
def test_a_call_that_no_door_would_read_is_refused(shell: Shell) -> None:
    for more, code in (
        (("--header", "X-Group"), "INVALID_HEADER"),
        (("--forwarded", "X-Real-IP: ::1"), "INVALID_PEER"),
        (("--preset", "nginx"), "INVALID_PEER"),
        (("--peer", "127.0.0.1", "--address", "127.0.0.1"), "INVALID_PEER"),
        (("--peer", "unix"), "INVALID_PEER"),
        (("--peer", "here"), "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
        (("--peer", "127.0.0.1", "--forwarded", "nothing"), "INVALID_HEADER"),
        (("--address", "010.0.0.1"), "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"),
    ):
        assert shell.refused("explain", *call(ADA, "GET", "/jobs", *more)) == code, more
    for described, code in (
        (call(ADA, "GE T", "/jobs"), "INVALID_METHOD"),
        (call(ADA, "GET", "/jobs/a%2Fb/log"), "TARGET_NOT_CANONICAL"),
        (call(ADA, "GET", "/a/../b"), "TARGET_NOT_CANONICAL"),
        (call("nobody@example.org", "GET", "/jobs"), "USER_NOT_FOUND"),
    ):
        assert shell.refused("explain", *described) == code, described


@pytest.mark.usefixtures("group")
def test_before_an_import_it_says_so(shell: Shell) -> None:
    assert "No catalogue was imported" in shell.text("explain", *call(ADA, "GET", "/jobs"))
