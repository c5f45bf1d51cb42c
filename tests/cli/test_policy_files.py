"""Policy files, read strictly."""

import json
from pathlib import Path
from typing import Any

import pytest

from keyreeve.cli import outcomes, policy_files
from keyreeve.cli.policy_files import InvalidPolicy
from keyreeve.domain.decision import ALLOW, Challenge, Deny, Proof, Reason

ROW = {"user": "ada", "method": "GET", "path": "/a", "expect": "allow"}


def read(tmp_path: Path, document: Any) -> Any:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(document))
    return policy_files.read(str(file))


def test_rows_are_read_and_numbered(tmp_path: Path) -> None:
    more = {"address": "192.0.2.1", "headers": {"X-Group": "a"}, "api": "own", "expect": 8}
    _, (first, second) = read(tmp_path, {"expectations": [ROW, ROW | more]})
    assert (first.place, first.user, first.call.address, first.expected) == (
        "row 1", "ada", None, "allow",
    )  # fmt: skip
    assert (second.place, second.api, second.expected) == ("row 2", "own", "8")
    assert second.call.fields == ((b"X-Group", b"a"),)


@pytest.mark.parametrize(
    "change",
    [
        {"user": 1},
        {"method": "G T"},
        {"path": "/a/../b"},
        {"path": "a"},
        {"address": "192.0.2.0/24"},
        {"headers": {"a b": "c"}},
        {"headers": ["a: b"]},
        {"api": "other"},
        {"expect": 0},
        {"expect": 9},
        {"expect": 500},
        {"expect": True},
        {"expect": "deny"},
        {"expect": "Allow"},
        {"expect": "NO_SUCH_CODE"},
        {"expects": "allow"},
    ],
)
def test_a_malformed_row_is_named(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidPolicy, match=r"^row 2: "):
        read(tmp_path, {"expectations": [ROW, ROW | change]})


def test_a_row_that_lacks_something_is_named(tmp_path: Path) -> None:
    for name in ROW:
        row = {key: value for key, value in ROW.items() if key != name}
        with pytest.raises(InvalidPolicy, match=f"^row 1: .*{name}"):
            read(tmp_path, {"expectations": [row]})


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"expectations": []},
        {"expectations": [ROW], "more": 1},
        {"expectations": [ROW], "groups": {"a": True}},
        {"expectations": [ROW], "groups": {"a": "on"}, "users": {}},
        {"expectations": [ROW], "users": {"ada": {"role": {}}}},
        {"expectations": [ROW], "users": {"ada": {"roles": {"a": "GROUP_OWNER"}}}},
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, document: Any) -> None:
    with pytest.raises(InvalidPolicy, match=r"policy\.json"):
        read(tmp_path, document)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidPolicy, match="No such file"):
        policy_files.read(str(tmp_path / "none"))


@pytest.mark.parametrize("reason", Reason)
def test_a_denial_is_expected_by_rule_code_or_status_and_nothing_else(
    tmp_path: Path, reason: Reason
) -> None:
    outcome = outcomes.of(Deny(reason))
    right = {reason.rule, reason.code, outcome.status, outcome.gate_code}
    every = {*policy_files.RULES, *policy_files.CODES, *policy_files.STATUSES, "allow"}
    rows = [ROW | {"expect": expected} for expected in every]
    _, expectations = read(tmp_path, {"expectations": rows})
    assert {one.expected for one in expectations if one.holds(outcome)} == right


def test_allow_and_challenge_are_expected_by_word_rule_or_status(tmp_path: Path) -> None:
    rows = [ROW | {"expect": expected} for expected in ("allow", 200, 401, 1, "3b", 403)]
    _, expectations = read(tmp_path, {"expectations": rows})
    for said, right in ((ALLOW, {"allow", 200}), (Challenge(Proof.KEY_UNKNOWN), {401, "1"})):
        outcome = outcomes.of(said)
        assert {one.expected for one in expectations if one.holds(outcome)} == right


def test_files_stand_beside_the_one_that_names_them() -> None:
    assert policy_files.beside("a/policy.yaml", "api.yaml") == "a/api.yaml"
    assert policy_files.beside("-", "api.yaml") == "api.yaml"
