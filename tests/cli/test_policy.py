"""`keyreeve policy test`: the same rule, asked by a table."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from keyreeve.cli import command_line

PAGE = Path(__file__).parents[2] / "docs" / "policy-test.md"
ADA = "ada@example.org"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and a place for an installation beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEYREEVE_DATABASE_URL", f"sqlite:///{tmp_path / 'keyreeve.db'}")
    return tmp_path


@pytest.fixture
def example() -> str:
    """The files that the page shows; returns the policy."""
    policy, openapi = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    Path("openapi.yaml").write_text(openapi)
    Path("policy.yaml").write_text(policy)
    return str(policy)


def outcome(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = command_line.run(["policy", "test", "policy.yaml", *words])
    said = capsys.readouterr()
    return status, said.out, said.err


def run(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert command_line.run([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("example")
def test_the_example_of_the_page_holds_and_touches_no_database(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = outcome(capsys)
    assert (status, out) == (0, "All of 9 expectations hold.\n")
    assert out in PAGE.read_text()
    assert sorted(path.name for path in folder.iterdir()) == ["openapi.yaml", "policy.yaml"]


def test_a_failed_expectation_is_told_with_its_first_no(
    example: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("policy.yaml").write_text(example.replace("expect: 8", "expect: allow"))
    status, out, _ = outcome(capsys)
    assert status == 1
    assert out in PAGE.read_text()
    status, out, _ = outcome(capsys, "--json")
    document = json.loads(out)
    assert (status, document["expectations"], document["failed"]) == (1, 9, 1)
    (failed,) = [one for one in document["results"] if not one["holds"]]
    assert failed | {"path": ""} == {
        "row": 6, "user": ADA, "method": "DELETE", "path": "", "address": "198.51.100.1",
        "expected": "allow", "holds": False, "decision": "deny", "status": 403, "gateStatus": 403,
        "rule": "8", "reason": "ADDRESS_NOT_LISTED", "errorCode": "IP_ADDRESS_NOT_ON_WHITELIST",
        "operation": "DELETE /groups/{group}/clusters/{cluster}",
    }  # fmt: skip


@pytest.mark.parametrize("expected", ["3", "'404'", "GROUP_NOT_FOUND", "403", "3b", "allow", "200"])
def test_whatever_is_expected_is_compared_with_what_is_decided(
    example: str, capsys: pytest.CaptureFixture[str], expected: str
) -> None:
    Path("policy.yaml").write_text(example.replace("expect: 404", f"expect: {expected}"))
    right = expected in {"3", "'404'", "GROUP_NOT_FOUND"}
    assert outcome(capsys)[0] == (0 if right else 1)


def test_without_users_the_installation_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "user", "create", ADA)
    run(capsys, "key", "generate", ADA, "--description", "x")
    group = run(capsys, "group", "create", "G", "--owner", ADA, "--public-api", "on")["id"]
    row = {"user": ADA, "method": "GET", "path": f"/api/public/v1.0/groups/{group}"}
    rows = [row | {"expect": "allow"}, row | {"path": "/a", "expect": "OPERATION_UNKNOWN"}]
    Path("policy.yaml").write_text(json.dumps({"expectations": rows}))
    assert outcome(capsys)[:2] == (0, "All of 2 expectations hold.\n")

    Path("api.yaml").write_text("openapi: 3.1.0\npaths: {/a: {get: {}}}")
    Path("policy.yaml").write_text(json.dumps({"catalogue": "api.yaml", "expectations": rows}))
    assert "row 2" in outcome(capsys)[1]

    run(capsys, "user", "disable", ADA, "--force")
    rows = [row | {"expect": 401}, row | {"expect": 1}]
    Path("policy.yaml").write_text(json.dumps({"expectations": rows}))
    assert outcome(capsys)[0] == 0


def test_a_user_who_does_not_exist_is_an_error_of_his_row(
    example: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in (
        example.replace(
            "{user: root@example.org, method: GET, path: /j", "{user: r, method: GET, path: /j"
        ),
        json.dumps(
            {"expectations": 8 * [{"user": "r", "method": "GET", "path": "/", "expect": 1}]}
        ),
    ):
        Path("policy.yaml").write_text(text)
        status, _, err = outcome(capsys)
        assert status == 1
        assert re.search(r"row [18]: .*user r\b", err)


def test_an_address_that_no_row_says_is_not_told(
    example: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("policy.yaml").write_text(example.replace("expect: USER_UNAUTHORIZED", "expect: allow"))
    status, out, _ = outcome(capsys)
    assert status == 1
    assert out.startswith("row 2: bob@example.org POST /groups/weather/clusters: expected allow")


def test_one_expectation_is_spoken_of_as_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}
    (folder / "api.json").write_text(json.dumps(document))
    row = {"user": ADA, "method": "GET", "path": "/b", "expect": "OPERATION_UNKNOWN"}
    policy = {"catalogue": "api.json", "users": {ADA: {}}, "expectations": [row]}
    Path("policy.yaml").write_text(json.dumps(policy))
    assert outcome(capsys)[:2] == (0, "The expectation holds.\n")
