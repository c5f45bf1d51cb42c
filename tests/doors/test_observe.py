"""A running API is taken behind a gate without breaking a caller: observe, report, enforce."""

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from doors import gates
from doors.gates import RunningGate
from doors.installation import Installation
from enforcement.gating import question
from enforcement.serving import Raw, answers, connected
from keyreeve.protocol import token

API = """
openapi: 3.1.0
paths:
  /groups/{g}/clusters:
    x-keyreeve-group: g
    parameters: [{name: g, in: path}]
    get: {operationId: listClusters}
    post: {operationId: addCluster, x-keyreeve-roles: [GROUP_USER_ADMIN, GROUP_OWNER]}
    delete: {operationId: dropClusters, x-keyreeve-whitelisted: true}
"""
ADDRESS = "127.0.0.7"
UNKNOWN = f"Authorization: Bearer {token.format(bytes(token.ENTROPY_BYTES))}"
"""A well-formed key that nobody has."""
EMPTY = {
    "keyreeve-user": "", "keyreeve-user-id": "", "keyreeve-key-id": "", "keyreeve-group": "",
    "keyreeve-roles": "",
}  # fmt: skip


@dataclass
class House:
    """Two groups, an Owner, a reader, a stranger, and the keys of all three."""

    installation: Installation
    engines: str
    closed: str
    keys: dict[str, str]

    def bearer(self, name: str) -> str:
        return f"Authorization: Bearer {self.keys[name]}"

    def refusals(self) -> dict[str, tuple[list[str], dict[str, str], int, str | None]]:
        """Return a call for each kind of refusal: by its reason, who calls, and what says no."""
        clusters = f"/groups/{self.engines}/clusters"
        owner, reader = [self.bearer("owner")], [self.bearer("reader")]
        return {
            "absent": ([], {"X_Original_URI": clusters}, 401, None),
            "malformed": (["Authorization: Basic YTpi"], {"X_Original_URI": clusters}, 401, None),
            "key unknown": ([UNKNOWN], {"X_Original_URI": clusters}, 401, None),
            "OPERATION_UNKNOWN": (owner, {"X_Original_URI": "/jobs/17"}, 403, "owner"),
            "METHOD_NOT_ALLOWED": (
                owner, {"X_Original_URI": clusters, "X_Original_Method": "PUT"}, 403, "owner",
            ),
            "GROUP_NOT_FOUND": (
                [self.bearer("stranger")], {"X_Original_URI": clusters}, 403, "stranger",
            ),
            "GROUP_PUBLIC_API_DISABLED": (
                owner, {"X_Original_URI": f"/groups/{self.closed}/clusters"}, 403, "owner",
            ),
            "ROLE_MISSING": (
                reader, {"X_Original_URI": clusters, "X_Original_Method": "POST"}, 403, "reader",
            ),
            "OWNER_REQUIRED": (
                reader, {"X_Original_URI": clusters, "X_Original_Method": "DELETE"}, 403, "reader",
            ),
            "WHITELIST_EMPTY": (
                owner, {"X_Original_URI": clusters, "X_Original_Method": "DELETE"}, 403, "owner",
            ),
            "TARGET_NOT_CANONICAL": (owner, {"X_Original_URI": "/a/../b"}, 403, "owner"),
        }  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return founded(tmp_path_factory.mktemp("observed"))


def founded(folder: Path) -> House:
    installation = Installation(folder)
    run = installation.run
    (folder / "api.yaml").write_text(API)
    keys = {}
    for name in ("owner", "reader", "stranger"):
        run("user", "create", f"{name}@example.org")
        made = run("key", "generate", f"{name}@example.org", "--description", name)
        keys[name] = made["key"]
    opened = ("--owner", "owner@example.org", "--public-api", "on")
    engines = run("group", "create", "Engines", *opened)["id"]
    closed = run("group", "create", "Closed", "--owner", "owner@example.org")["id"]
    run("role", "grant", "reader@example.org", "Engines", "GROUP_READ_ONLY")
    run("catalogue", "import", "api.yaml")
    return House(installation, engines, closed, keys)


def ask(gate: RunningGate, lines: list[str], facts: dict[str, str], **more: str) -> Raw:
    with connected(gate.port) as connection:
        connection.sendall(question(*lines, **({"X_Real_IP": ADDRESS} | facts | more)))
        return answers(connection)[0]


def identity(raw: Raw) -> dict[str, str]:
    return {name: value for name, value in raw.fields.items() if name in EMPTY}


@pytest.fixture(scope="module")
def observed(house: House) -> dict[str, Any]:
    """Call twice in each way that is refused while the gate observes, before anything else."""
    with gates.gate(house.installation, KEYREEVE_MODE="observe") as gate:
        given = {
            reason: [ask(gate, lines, facts) for _ in range(2)]
            for reason, (lines, facts, _, _) in house.refusals().items()
        }
        early = ask(gate, ["Early-Data: 1", house.bearer("owner")], _dropping(house))
        time.sleep(0.5)
        log = gate.log.read_text()
    return {"given": given, "early": early, "log": log, "report": _report(house)}


def _dropping(house: House) -> dict[str, str]:
    return {
        "X_Original_URI": f"/groups/{house.engines}/clusters",
        "X_Original_Method": "DELETE",
    }


def _report(house: House) -> Any:
    return house.installation.run("observe", "report")


class TestObserving:
    def test_every_call_is_let_through_as_whose_it_is(
        self, house: House, observed: dict[str, Any]
    ) -> None:
        for reason, (_, _, _, caller) in house.refusals().items():
            for given in observed["given"][reason]:
                assert given.status == 200, reason
                told = identity(given)
                if caller is None:
                    assert told == EMPTY, reason
                else:
                    assert told["keyreeve-user"] == f"{caller}@example.org", reason
        assert observed["early"].status == 200

    def test_the_report_lists_each(self, house: House, observed: dict[str, Any]) -> None:
        told = {one["reason"]: one for one in observed["report"]["refusals"]}
        assert set(told) == set(house.refusals())
        for reason, (_, _, _, caller) in house.refusals().items():
            one = told[reason]
            assert one["calls"] == 2 + (reason == "WHITELIST_EMPTY"), reason
            assert one["address"] == ADDRESS
            assert one["proven"] is (caller is not None)
            assert (one["username"] or "").startswith(caller or "")
        assert told["OPERATION_UNKNOWN"]["path"] == "/jobs/{id}"
        assert told["WHITELIST_EMPTY"]["operation"] == "dropClusters"
        assert observed["report"]["byRule"]["1"] == 6

    def test_the_report_proposes_what_would_let_them_in(
        self, house: House, observed: dict[str, Any]
    ) -> None:
        commands = {one["command"] for one in observed["report"]["proposals"]}
        assert {
            f"keyreeve whitelist add owner@example.org {ADDRESS}",
            f"keyreeve role grant reader@example.org {house.engines} GROUP_USER_ADMIN",
            f"keyreeve role grant reader@example.org {house.engines} GROUP_OWNER",
            f"keyreeve role grant stranger@example.org {house.engines} GROUP_READ_ONLY",
            f"keyreeve group set {house.closed} --public-api on",
            f"keyreeve key generate EMAIL --description 'calls from {ADDRESS}'",
        } <= commands
        assert all(one["opens"] for one in observed["report"]["proposals"] if one["command"])
        assert set(observed["report"]["openapi"]["paths"]) == {
            "/jobs/{id}", "/groups/{g}/clusters",
        }  # fmt: skip

    def test_no_denial_stands_on_record(self, house: House, observed: dict[str, Any]) -> None:
        assert observed["report"]["calls"] == 2 * 11 + 1
        assert house.installation.run("doctor")["healthy"]

    def test_it_is_said_when_the_gate_starts(self, observed: dict[str, Any]) -> None:
        assert re.search(r"warning.*nothing is refused", observed["log"])

    def test_what_is_no_sound_question_is_refused_all_the_same(self, house: House) -> None:
        owner = house.bearer("owner")
        with gates.gate(house.installation, KEYREEVE_MODE="observe") as gate:
            for lines, facts, code in (
                ([owner, owner], {}, "AUTHORIZATION_REPEATED"),
                ([owner], {"X_Original_URI": ""}, "FACT_MISSING"),
                ([owner], {"X_Real_IP": "nonsense"}, "FACT_MALFORMED"),
                ([owner, "X-Original-URI: /b"], {}, "FACT_REPEATED"),
            ):
                found = ask(gate, lines, facts)
                assert (found.status, found.document["errorCode"]) == (403, code)
        with gates.gate(
            house.installation, KEYREEVE_MODE="observe", KEYREEVE_TRUSTED_PROXIES="192.0.2.1"
        ) as gate:
            assert ask(gate, [owner], {}).document["errorCode"] == "PEER_NOT_TRUSTED"


def test_where_keys_are_required_only_who_has_none_is_refused(
    house: House, observed: dict[str, Any]
) -> None:
    assert observed
    settings = {"KEYREEVE_MODE": "observe", "KEYREEVE_OBSERVE_KEYS": "required"}
    with gates.gate(house.installation, **settings) as gate:
        for reason, (lines, facts, _, caller) in house.refusals().items():
            found = ask(gate, lines, facts)
            assert found.status == (401 if caller is None else 200), reason
            assert ("www-authenticate" in found.fields) is (caller is None)
        assert ask(gate, [], {"X_Original_URI": "/a/../b"}).status == 401


def test_a_gate_that_enforces_refuses_them_all(house: House, observed: dict[str, Any]) -> None:
    assert observed
    with gates.gate(house.installation, KEYREEVE_OBSERVE_KEYS="optional") as gate:
        for reason, (lines, facts, status, _) in house.refusals().items():
            assert ask(gate, lines, facts).status == status, reason
        allowed = ask(
            gate, [house.bearer("owner")], {"X_Original_URI": f"/groups/{house.engines}/clusters"}
        )
        assert allowed.status == 200


def test_one_group_is_observed_from_the_next_call_on(
    house: House, observed: dict[str, Any]
) -> None:
    assert observed
    lines, facts, _, _ = house.refusals()["WHITELIST_EMPTY"]
    with gates.gate(house.installation) as gate:
        for mode, status in (("enforce", 403), ("observe", 200), ("enforce", 403)):
            house.installation.run("group", "set", house.engines, "--mode", mode)
            for _ in range(2):
                assert ask(gate, lines, facts).status == status
            assert ask(gate, [], facts).status == 401


def test_keyreeves_own_api_always_enforces(house: House) -> None:
    house.installation.run("group", "set", house.closed, "--mode", "observe")
    with house.installation.serving(KEYREEVE_MODE="observe") as server:
        path = f"/api/public/v1.0/groups/{house.closed}"
        host = f"Host: 127.0.0.1:{server.port}"
        for lines, status in ([host], 401), ([host, house.bearer("owner")], 403):
            with connected(server.port) as connection:
                head = "\r\n".join([f"GET {path} HTTP/1.1", *lines, "Connection: close", "", ""])
                connection.sendall(head.encode())
                assert answers(connection)[0].status == status
    house.installation.run("group", "set", house.closed, "--mode", "enforce")
