"""`keyreeve catalogue`."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from doors.installation import Installation
from keyreeve.cli import catalogues, structured_files
from keyreeve.cli.openapi_files import InvalidDocument

CLUSTERS = "/groups/{groupId}/clusters"
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        CLUSTERS: {
            "get": {"operationId": "listClusters", "x-keyreeve-group": "groupId"},
            "post": {
                "operationId": "addCluster",
                "x-keyreeve-group": "groupId",
                "x-keyreeve-roles": ["GROUP_OWNER", "GROUP_DEPLOYER"],
            },
        }
    },
}


def written(installation: Installation, document: dict[str, Any]) -> str:
    path = Path(installation.folder) / "api.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_an_import_prints_the_difference_and_replaces(installation: Installation) -> None:
    run, file = installation.run, written(installation, DOCUMENT)
    done = run("catalogue", "import", file)
    assert [o["name"] for o in done["added"]] == ["listClusters", "addCluster"]
    assert (done["removed"], done["changed"]) == ([], [])
    assert done["unclassified"] == [f"GET {CLUSTERS}"]
    listed = run("catalogue", "list")["results"]
    assert [(o["method"], o["path"], o["roles"], o["group"]) for o in listed] == [
        ("GET", CLUSTERS, ["*"], {"path": "groupId"}),
        ("POST", CLUSTERS, ["GROUP_DEPLOYER", "GROUP_OWNER"], {"path": "groupId"}),
    ]
    other = {"openapi": "3.1.0", "paths": {CLUSTERS: {"post": {
        "operationId": "addCluster", "x-keyreeve-group": "groupId", "x-keyreeve-whitelisted": True,
    }}}}  # fmt: skip
    owners = "roles GROUP_OWNER"
    deployers = "roles GROUP_DEPLOYER GROUP_OWNER"
    shown = installation.attempt("catalogue", "import", written(installation, other)).stdout
    assert shown.splitlines() == [
        f"- GET {CLUSTERS}, roles any, group from path groupId, as listClusters",
        f"- POST {CLUSTERS}, {deployers}, group from path groupId, as addCluster",
        f"+ POST {CLUSTERS}, {owners}, whitelisted, group from path groupId, as addCluster",
        "The catalogue holds 1 operation.",
    ]
    file = written(installation, DOCUMENT)
    again = installation.attempt("catalogue", "import", file, "--dry-run").stdout
    assert again.splitlines()[-1].startswith("Not classified: 1 of 2 operations.")
    assert run("audit", "list")["results"][0]["action"] == "catalogue.replace"


def test_a_dry_run_changes_nothing(installation: Installation) -> None:
    file = written(installation, DOCUMENT)
    done = installation.run("catalogue", "import", file, "--dry-run")
    assert (len(done["added"]), done["dryRun"]) == (2, True)
    piped = installation.run("catalogue", "import", "--dry-run", "-", stdin=json.dumps(DOCUMENT))
    assert piped == done
    assert installation.run("catalogue", "list") == {"results": []}
    installation.run("catalogue", "import", file)
    again = installation.attempt("catalogue", "import", file)
    assert again.stdout.startswith("Nothing changes")


def test_what_is_ambiguous_is_refused_and_changes_nothing(installation: Installation) -> None:
    installation.run("catalogue", "import", written(installation, DOCUMENT))
    document = {"openapi": "3.1.0", "paths": {"/a/{b}": {"get": {}}, "/a/{c}": {"get": {}}}}
    done = installation.attempt("catalogue", "import", written(installation, document), "--json")
    assert done.returncode == 1
    assert json.loads(done.stderr)["error"]["code"] == "INVALID_OPENAPI_DOCUMENT"
    assert len(installation.run("catalogue", "list")["results"]) == 2


def test_a_check_lists_what_is_not_classified(installation: Installation) -> None:
    file = written(installation, DOCUMENT)
    done = installation.attempt("catalogue", "check", file)
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == [
        "Not classified: 1 of 2 operations.",
        f"  GET {CLUSTERS}",
    ]
    classified = json.loads(json.dumps(DOCUMENT))
    classified["x-keyreeve-roles"] = ["*"]
    done = installation.attempt("catalogue", "check", written(installation, classified))
    assert (done.returncode, done.stdout) == (0, "All 2 operations are classified.\n")
    assert not list(installation.folder.glob("*.db"))


def test_a_role_of_the_catalogue_can_be_granted(installation: Installation) -> None:
    run = installation.run
    run("user", "create", "ada@example.org")
    run("group", "create", "Demo", "--owner", "ada@example.org")
    words = ("role", "grant", "ada@example.org", "Demo", "GROUP_DEPLOYER")
    assert installation.attempt(*words).returncode == 1
    run("catalogue", "import", written(installation, DOCUMENT))
    assert installation.attempt(*words).returncode == 0


def test_a_server_that_does_not_answer_in_time_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(structured_files, "WHOLE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/openapi.json"
        with pytest.raises(InvalidDocument, match=r"openapi\.json: it did not come within"):
            catalogues.import_(url)
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            while connection.recv(65536):
                pass  # until whoever asked has let go
    assert not list(tmp_path.iterdir())
