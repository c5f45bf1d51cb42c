"""Worlds that policy files make up, and the installation's."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from keyreeve.cli import policy_files, policy_worlds
from keyreeve.cli.openapi_files import InvalidDocument
from keyreeve.cli.policy_files import InvalidPolicy, PolicyFile
from keyreeve.domain.decision import ALLOW, Decision, Deny, Reason

ROW = {"user": "ada", "method": "GET", "path": "/a", "expect": "allow"}
CATALOGUE = """
openapi: 3.1.0
paths:
  /g/{g}: {x-keyreeve-group: g, get: {}, post: {x-keyreeve-roles: [GROUP_DEPLOYER]}}
"""
BASE = "/api/public/v1.0"
USERS: dict[str, Any] = {
    "ada": {"roles": {"a": ["GROUP_DEPLOYER"], "b": []}},
    "bob": {"roles": {"b": ["GROUP_OWNER"]}},
    "root": {"everywhere": ["GLOBAL_READ_ONLY"]},
}


def decide(folder: Path, row: dict[str, Any], **changed: Any) -> Decision:
    (folder / "api.yaml").write_text(CATALOGUE)
    given = {"catalogue": "api.yaml", "groups": {"a": True, "b": True}, "users": USERS} | changed
    file = folder / "policy.json"
    file.write_bytes(msgspec.json.encode(given | {"expectations": [ROW | row]}))
    whole, (expectation,) = policy_files.read(str(file))
    with policy_worlds.of(str(file), whole) as world:
        return world.explain(expectation).decision


@pytest.mark.parametrize(
    ("row", "decision"),
    [
        ({"path": "/g/a"}, ALLOW),
        ({"path": "/g/a", "method": "POST"}, ALLOW),
        ({"path": "/g/a", "user": "bob"}, Deny(Reason.GROUP_NOT_FOUND)),
        ({"path": "/g/b"}, Deny(Reason.ROLE_MISSING)),
        ({"path": "/g/c", "user": "root"}, Deny(Reason.GROUP_NOT_FOUND)),
        ({"path": "/g/b", "user": "root"}, ALLOW),
        ({"path": f"{BASE}/users/bob"}, ALLOW),
        ({"path": f"{BASE}/users/root"}, Deny(Reason.USER_NOT_FOUND)),
        ({"path": f"{BASE}/users/bob", "api": "guarded"}, Deny(Reason.OPERATION_UNKNOWN)),
        ({"path": f"{BASE}/groups/byName/a"}, ALLOW),
    ],
)
def test_the_rule_decides_as_it_does_anywhere(
    tmp_path: Path, row: dict[str, Any], decision: Decision
) -> None:
    assert decide(tmp_path, row) == decision


@pytest.mark.parametrize(
    ("users", "place"),
    [
        ({"ada": {"roles": {"c": ["GROUP_OWNER"]}}}, "user ada: there is no group c"),
        ({"ada": {"roles": {"a": ["GROUP_CAPTAIN"]}}}, "user ada: GROUP_CAPTAIN"),
        ({"ada": {"roles": {"a": ["GLOBAL_OWNER"]}}}, "user ada: GLOBAL_OWNER"),
        ({"ada": {"everywhere": ["GROUP_OWNER"]}}, "user ada: GROUP_OWNER"),
        ({"ada": {"whitelist": ["10.0.0.1/8"]}}, "user ada: whitelist: "),
    ],
)
def test_what_could_not_be_installed_is_refused(
    tmp_path: Path, users: dict[str, Any], place: str
) -> None:
    with pytest.raises(InvalidPolicy, match=place):
        decide(tmp_path, {}, users=users)


def test_a_catalogue_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidDocument):
        decide(tmp_path, {}, catalogue="none.yaml")


def test_without_users_the_installation_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYREEVE_DATABASE_URL", f"sqlite:///{tmp_path / 'keyreeve.db'}")
    with policy_worlds.of("-", PolicyFile(expectations=[ROW])):
        assert (tmp_path / "keyreeve.db").exists()
