"""`keyreeve user`."""

import json
import time
from base64 import b32decode

from doors.installation import Installation
from keyreeve import settings
from keyreeve.app import edge
from keyreeve.domain.audit import Actor
from keyreeve.protocol import totp
from keyreeve.services import second_factors, users
from keyreeve.storage.database import Database

PASSWORD = "correct horse battery staple"


def test_create_tells_the_new_user(installation: Installation) -> None:
    made = installation.run(
        "user", "create", "ada@example.org", "--first-name", "Ada", "--last-name", "Lovelace",
        "--role", "GLOBAL_OWNER", "--role", "GLOBAL_READ_ONLY",
    )  # fmt: skip
    assert (made["username"], made["firstName"], made["lastName"], made["enabled"]) == (
        "ada@example.org", "Ada", "Lovelace", True,
    )  # fmt: skip
    assert made["globalRoles"] == ["GLOBAL_OWNER", "GLOBAL_READ_ONLY"]
    assert len(made["id"]) == 24
    assert installation.run("user", "list") == {"results": [made]}
    plain = installation.attempt("user", "list").stdout
    assert "ada@example.org" in plain.splitlines()[1]


def test_names_have_a_default(installation: Installation) -> None:
    made = installation.run("user", "create", "ada@example.org")
    assert (made["firstName"], made["lastName"]) == ("ada", "example.org")


def test_create_refuses_in_words(installation: Installation) -> None:
    installation.run("user", "create", "ada@example.org")
    for words, code in (
        (["ada@example.org"], "USER_ALREADY_EXISTS"),
        (["ADA@example.org"], "USER_ALREADY_EXISTS"),
        (["no-address"], "INVALID_USERNAME"),
        (["bob@example.org", "--role", "GROUP_OWNER"], "UNSUPPORTED_ROLE"),
        (["bob@example.org", "--first-name", "\x07"], "INVALID_ATTRIBUTE"),
    ):
        done = installation.attempt("user", "create", *words, "--json")
        assert (done.returncode, done.stdout) == (1, "")
        assert json.loads(done.stderr)["error"]["code"] == code
    assert len(installation.run("user", "list")["results"]) == 1


def test_a_password_comes_by_standard_input_and_stays_unseen(installation: Installation) -> None:
    run = installation.run
    run("user", "create", "ada@example.org", "--password-stdin", stdin=PASSWORD + "\n")
    run("user", "password", "ada@example.org", "--password-stdin", stdin=PASSWORD + "!")
    for file in installation.folder.iterdir():
        assert PASSWORD.encode() not in file.read_bytes()
    assert PASSWORD not in installation.attempt("audit", "export").stdout


def test_a_password_that_does_not_come_is_refused(installation: Installation) -> None:
    installation.run("user", "create", "ada@example.org")
    for words, stdin, code in (
        (["--password-stdin"], "", "NO_PASSWORD"),
        (["--password-stdin"], "\n", "NO_PASSWORD"),
        (["--password-stdin"], "x" * 5000, "NO_PASSWORD"),
        (["--password-stdin"], "short\n", "WEAK_PASSWORD"),
        ([], "long enough indeed\n", "NO_PASSWORD"),
    ):
        done = installation.attempt(
            "user", "password", "ada@example.org", *words, "--json", stdin=stdin
        )
        assert (done.returncode, json.loads(done.stderr)["error"]["code"]) == (1, code)


def test_disable_and_enable_find_the_user_by_login_or_id(installation: Installation) -> None:
    run = installation.run
    made = run("user", "create", "ada@example.org")
    assert run("user", "disable", made["id"])["enabled"] is False
    assert run("user", "disable", made["id"])["enabled"] is False
    assert run("user", "enable", "ada@example.org")["enabled"] is True


def test_the_last_owner_is_disabled_only_by_force(installation: Installation) -> None:
    run = installation.run
    run("user", "create", "ada@example.org", "--role", "GLOBAL_OWNER")
    done = installation.attempt("user", "disable", "ada@example.org")
    assert done.returncode == 1
    assert done.stderr == (
        "keyreeve: ada@example.org is the last Owner of the installation. "
        "With --force he is disabled all the same.\n"
    )
    assert run("user", "disable", "ada@example.org", "--force")["enabled"] is False


def test_a_second_factor_is_forgotten(installation: Installation) -> None:
    installation.run("user", "create", "ada@example.org")
    _enrol(installation, "ada@example.org")
    for told in ("The second factor of ada@example.org is forgotten", "has no second factor"):
        done = installation.attempt("user", "reset-second-factor", "ada@example.org")
        assert (done.returncode, told in done.stdout) == (0, True)
    (forgotten, *_) = installation.run("audit", "list")["results"]
    assert forgotten["action"] == "second_factor.disable"
    assert installation.attempt("user", "reset-second-factor", "x@example.org").returncode == 1


def _enrol(installation: Installation, username: str) -> None:
    place = {"KEYREEVE_DATABASE_URL": installation.environment()["KEYREEVE_DATABASE_URL"]}
    database = Database.open(settings.load(place), edge.real())
    with database.transaction() as t:
        user = users.find(t, username)
        secret = second_factors.begin(t, user).secret
        code = totp.code(b32decode(secret), totp.step_at(time.time()))
        assert isinstance(second_factors.confirm(t, Actor("cli:test"), user, code), tuple)
    database.close()


def test_the_actor_is_the_user_of_the_operating_system(installation: Installation) -> None:
    installation.run("user", "create", "ada@example.org")
    (event,) = installation.run("audit", "list")["results"]
    assert event["actor"].startswith("cli:")
    assert event["actor"] != "cli:"
    assert event["action"] == "user.create"
