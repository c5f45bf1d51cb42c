"""`keyreeve key`."""

import json

from doors.installation import Installation
from keyreeve.protocol import token

ADA = "ada@example.org"


def test_a_key_is_shown_once_and_never_again(installation: Installation) -> None:
    run = installation.run
    run("user", "create", ADA)
    made = run("key", "generate", ADA, "--description", "deploy")
    assert token.is_well_formed(made["key"])
    assert made["description"] == "deploy"
    (listed,) = run("key", "list", ADA)["results"]
    assert "key" not in listed
    assert listed["redacted"] == "kr_********" + made["key"][-4:]
    everything = [
        installation.attempt(*words).stdout
        for words in (
            ("key", "list", ADA), ("key", "list", ADA, "--json"), ("audit", "list"),
            ("audit", "export"), ("doctor",), ("user", "list", "--json"),
        )
    ]  # fmt: skip
    everything += [file.read_bytes().decode("latin-1") for file in installation.folder.iterdir()]
    assert not any(made["key"] in text for text in everything)


def test_people_read_the_key_on_a_line_of_its_own(installation: Installation) -> None:
    installation.run("user", "create", ADA)
    text = installation.attempt("key", "generate", ADA, "--description", "deploy").stdout
    keys = [line for line in text.splitlines() if token.is_well_formed(line.strip())]
    assert len(keys) == 1
    assert text.count("kr_") == 1


def test_a_key_is_disabled_enabled_and_deleted(installation: Installation) -> None:
    run = installation.run
    run("user", "create", ADA)
    made = run("key", "generate", ADA, "--description", "deploy")
    assert run("key", "disable", ADA, made["id"])["enabled"] is False
    assert run("key", "list", ADA)["results"][0]["enabled"] is False
    assert run("key", "enable", ADA, made["id"])["enabled"] is True
    assert run("key", "delete", ADA, made["id"])["deleted"] is True
    assert run("key", "list", ADA) == {"results": []}
    done = installation.attempt("key", "delete", ADA, made["id"], "--json")
    assert json.loads(done.stderr)["error"]["code"] == "API_KEY_NOT_FOUND"


def test_another_users_key_is_not_found(installation: Installation) -> None:
    run = installation.run
    run("user", "create", ADA)
    run("user", "create", "bob@example.org")
    made = run("key", "generate", ADA, "--description", "deploy")
    assert installation.attempt("key", "disable", "bob@example.org", made["id"]).returncode == 1
    assert run("key", "list", ADA)["results"][0]["enabled"] is True


def test_a_key_needs_a_description_and_an_enabled_user(installation: Installation) -> None:
    installation.run("user", "create", ADA)
    assert installation.attempt("key", "generate", ADA).returncode == 2
    done = installation.attempt("key", "generate", ADA, "--description", " ", "--json")
    assert json.loads(done.stderr)["error"]["code"] == "INVALID_API_KEY_DESC"
    installation.run("user", "disable", ADA)
    done = installation.attempt("key", "generate", ADA, "--description", "x", "--json")
    assert json.loads(done.stderr)["error"]["code"] == "USER_DISABLED"
