"""The clusters API of examples/, guarded both ways, as its guide and its page say."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from doors import gates, pages, proxies
from doors.installation import Installation, free_port
from keyreeve import settings as rules
from keyreeve.app.edge import real
from keyreeve.cli import example
from keyreeve.cli.installations import actor
from keyreeve.domain.user import User
from keyreeve.services import api_keys, groups, roles, users, whitelists
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Transaction

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "clusters"
FRAMEWORKS = ROOT / "docs" / "guides" / "frameworks.md"
GUIDE = ROOT / "docs" / "guides" / "first-guard.md"


def test_the_guide_does_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "keyreeve").symlink_to(ROOT)
    api, gate, nginx = free_port(), free_port(), free_port()
    instead = {
        "keyreeve gate ": f"keyreeve gate --listen 127.0.0.1:{gate} ",
        "--output nginx": f"--output nginx --gate 127.0.0.1:{gate} --listen 127.0.0.1:{nginx}",
        "9000": str(api), "8081": str(gate), "8000": str(nginx),
    }  # fmt: skip
    kept = pages.follow(GUIDE, tmp_path, instead=instead, ports={"nginx": nginx})
    assert kept >= 12


NAMES = "/v1/groups/shop/clusters"
ORDERS = f"{NAMES}/orders"
PEOPLE = ("ada", "bob", "cleo", "eve")
ELSEWHERE = "127.0.0.2"
"""Another address of this host, on nobody's whitelist."""

CALLS = (
    # who, method, target, body, further options, status inside, errorCode or what the answer holds
    ("", "GET", NAMES, "", [], 401, None),
    ("ada", "GET", NAMES, "", [], 200, {"results": []}),
    ("cleo", "POST", NAMES, '{"name": "orders"}', [], 403, "USER_UNAUTHORIZED"),
    ("bob", "POST", NAMES, '{"name": "orders"}', [], 201, {"createdBy": "bob@example.org"}),
    ("bob", "POST", NAMES, '{"name": "orders"}', [], 409, {}),
    ("bob", "POST", NAMES, "x" * 20_000, [], 413, {}),
    ("bob", "PATCH", ORDERS, '{"size": "large"}', [], 200, {"size": "large"}),
    ("cleo", "GET", f"{ORDERS}?pretty=true&x=%2F", "", [], 200, {"size": "large"}),
    ("bob", "GET", f"{ORDERS}/logs/mongod%2Fnow.log", "", [], 200, {"file": "mongod/now.log"}),
    ("bob", "GET", f"{NAMES}/orders%2Flogs", "", [], 400, "TARGET_NOT_CANONICAL"),
    ("bob", "POST", f"{ORDERS}/snapshots", "", [], 201, {"id": "s1", "takenBy": "bob@example.org"}),
    ("bob", "POST", f"{ORDERS}/restoreJobs", '{"snapshot": "s1"}', [], 403, "USER_UNAUTHORIZED"),
    ("ada", "POST", f"{ORDERS}/restoreJobs", '{"snapshot": "s1"}', [], 202, {"snapshot": "s1"}),
    ("ada", "DELETE", ORDERS, "", ["--interface", ELSEWHERE], 403, "IP_ADDRESS_NOT_ON_WHITELIST"),
    ("ada", "GET", ORDERS, "", ["--interface", ELSEWHERE], 200, {"name": "orders"}),
    ("eve", "GET", NAMES, "", [], 404, "GROUP_NOT_FOUND"),
    ("eve", "GET", "/v1/groups/nothing/clusters", "", [], 404, "GROUP_NOT_FOUND"),
    ("ada", "GET", f"{ORDERS}/secrets", "", [], 404, None),
    ("cleo", "GET", "/v1/usage", "", ["-H", "Clusters-Group: shop"], 200, {"clusters": 1}),
    ("eve", "GET", "/v1/usage", "", ["-H", "Clusters-Group: shop"], 404, "GROUP_NOT_FOUND"),
    ("eve", "GET", "/v1/usage", "", [], 404, "GROUP_NOT_FOUND"),
    ("bob", "GET", "/v1/caller", "", ["-H", "Keyreeve-User: ada@example.org"], 200,
     {"user": "bob@example.org"}),
    ("ada", "DELETE", ORDERS, "", [], 204, None),
)  # fmt: skip


@contextmanager
def api(app: str, installation: Installation, folder: Path = EXAMPLE) -> Iterator[int]:
    """Serve an application by uvicorn, as the pages say."""
    port = free_port()
    log = installation.folder / f"{app}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "--no-proxy-headers", "--port", str(port), app],
            cwd=folder, env=installation.environment(), stdout=output, stderr=output,
        )  # fmt: skip
    try:
        pages.await_port(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with a shop, its people and their keys."""
    installation = Installation(tmp_path_factory.mktemp("example"))
    database = Database.open(
        rules.load({"KEYREEVE_DATABASE_URL": installation.environment()["KEYREEVE_DATABASE_URL"]}),
        real(),
    )
    with database.transaction() as t:
        example.fill_catalogue(t)
        people = {name: _person(t, name, installation.folder) for name in PEOPLE}
        shop = groups.create(t, actor(), name="Shop", owner=people["ada"], external_id="shop",
                             public_api_enabled=True)  # fmt: skip
        groups.create(t, actor(), name="Other", owner=people["eve"], public_api_enabled=True)
        roles.grant(t, actor(), people["bob"], shop, "GROUP_CLUSTER_MANAGER")
        roles.grant(t, actor(), people["cleo"], shop, "GROUP_READ_ONLY")
        whitelists.add(t, actor(), people["ada"], [("127.0.0.1", "")])
    database.close()
    return installation


def _person(t: Transaction, name: str, folder: Path) -> User:
    """Make a user and a key, and the file by which curl calls as him."""
    user = users.create(t, actor(), username=f"{name}@example.org", first_name=name, last_name="T")
    _, key = api_keys.generate(t, actor(), user, "test")
    (folder / name).write_text(f'user = "{user.username}:{key}"\n')
    return user


@pytest.fixture(scope="module")
def inside(guarded: Installation) -> Iterator[int]:
    with api("guarded:app", guarded) as port:
        yield port


@pytest.fixture(scope="module")
def behind_nginx(guarded: Installation) -> Iterator[int]:
    folder, port = guarded.folder / "nginx", free_port()
    with api("clusters:app", guarded) as upstream, gates.gate(guarded) as gate:
        guarded.run(
            "recipe", "nginx", "--upstream", f"http://127.0.0.1:{upstream}",
            "--gate", gate.listen, "--listen", f"127.0.0.1:{port}", "--output", str(folder),
            "--group-header", "Clusters-Group",
        )  # fmt: skip
        with proxies.started("nginx", folder, port):
            yield port


def called(
    installation: Installation, port: int, call: tuple[str, str, str, str, list[str]]
) -> tuple[int, Any]:
    """Call by curl; return the status and the document."""
    who, method, target, body, further = call
    config = ["-K", str(installation.folder / who), "--digest"] if who else []
    data = ["--data-binary", body] if body else []
    done = subprocess.run(
        ["curl", "-q", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", *config, "-X", method,
         *data, *further, f"http://127.0.0.1:{port}{target}"],
        check=True, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    text, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(text) if text else None


@pytest.mark.parametrize("way", ["inside", "behind_nginx"])
def test_both_ways_give_the_same_answers(
    way: str, guarded: Installation, request: pytest.FixtureRequest
) -> None:
    port = request.getfixturevalue(way)
    for *call, status, expected in CALLS:
        found, document = called(guarded, port, tuple(call))
        judged = isinstance(expected, str) or call[2].endswith("secrets")
        assert found == (403 if judged and way != "inside" else status), (call, document)
        if isinstance(expected, str):
            assert document["errorCode"] == expected, call
        elif expected is not None:
            assert document.items() >= expected.items(), call


@pytest.mark.parametrize("way", ["inside", "behind_nginx"])
def test_the_api_is_told_who_calls(
    way: str, guarded: Installation, request: pytest.FixtureRequest
) -> None:
    port = request.getfixturevalue(way)
    status, document = called(guarded, port, ("bob", "GET", "/v1/caller", "", []))
    key = guarded.run("key", "list", "bob@example.org")["results"][0]["id"]
    assert (status, document["user"], document["key"]) == (200, "bob@example.org", key)
    assert len(document["decision"]) == 24


def test_nobody_comes_past_the_gate(guarded: Installation) -> None:
    with api("clusters:app", guarded) as port:
        for field in ("X: y", "Keyreeve-User: ada@example.org"):
            call = ("ada", "GET", NAMES, "", ["-H", field])
            assert called(guarded, port, call)[0] == 403
        told = ["-H", "Keyreeve-Decision: 1", "--interface", ELSEWHERE]
        assert called(guarded, port, ("", "GET", NAMES, "", told))[0] == 403


def test_a_starlette_application_takes_the_door_inside_as_its_guide_says(
    guarded: Installation, tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text(pages.blocks(FRAMEWORKS, "python")[0])
    preflight = [
        "-H",
        "Origin: https://app.example.org",
        "-H",
        "Access-Control-Request-Method: GET",
    ]
    with api("main:app", guarded, tmp_path) as port:
        assert called(guarded, port, ("", "GET", NAMES, "", []))[0] == 401
        assert called(guarded, port, ("eve", "GET", NAMES, "", []))[0] == 404
        status, document = called(guarded, port, ("cleo", "GET", NAMES, "", []))
        assert (status, document["user"]) == (200, "cleo@example.org")
        asked = called(guarded, port, ("", "OPTIONS", NAMES, "", [*preflight, "-o", os.devnull]))
        assert asked == (200, None)


def test_every_operation_of_the_document_is_classified(installation: Installation) -> None:
    done = installation.attempt("catalogue", "check", str(EXAMPLE / "openapi.yaml"))
    assert (done.returncode, done.stdout) == (0, "All 10 operations are classified.\n")
