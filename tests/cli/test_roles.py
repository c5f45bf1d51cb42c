"""`keyreeve role`."""

import json

from doors.installation import Installation


def test_roles_are_granted_and_revoked_in_one_group(installation: Installation) -> None:
    run = installation.run
    bob, demo = run("user", "create", "bob@example.org"), run("group", "create", "Demo")
    told = run("role", "grant", "bob@example.org", "Demo", "GROUP_READ_ONLY")
    assert told == {
        "userId": bob["id"], "groupId": demo["id"], "role": "GROUP_READ_ONLY", "granted": True,
    }  # fmt: skip
    assert run("role", "revoke", bob["id"], demo["id"], "GROUP_READ_ONLY")["granted"] is False


def test_a_star_stands_for_every_group(installation: Installation) -> None:
    run = installation.run
    run("user", "create", "bob@example.org")
    assert run("role", "grant", "bob@example.org", "*", "GLOBAL_OWNER")["groupId"] is None
    assert run("user", "list")["results"][0]["globalRoles"] == ["GLOBAL_OWNER"]
    run("role", "grant", "bob@example.org", "*", "GLOBAL_READ_ONLY")
    run("role", "revoke", "bob@example.org", "*", "GLOBAL_READ_ONLY")
    assert run("user", "list")["results"][0]["globalRoles"] == ["GLOBAL_OWNER"]


def test_a_role_of_the_wrong_level_is_refused(installation: Installation) -> None:
    run = installation.run
    run("user", "create", "bob@example.org")
    run("group", "create", "Demo")
    for place, role in (("Demo", "GLOBAL_OWNER"), ("*", "GROUP_OWNER"), ("Demo", "owner")):
        done = installation.attempt("role", "grant", "bob@example.org", place, role, "--json")
        assert done.returncode == 1
        error = json.loads(done.stderr)["error"]
        assert error["code"] == "UNSUPPORTED_ROLE"
        assert ("GLOBAL_READ_ONLY" if place == "*" else "GROUP_READ_ONLY") in error["detail"]
        assert error["detail"].count("catalogue") == (0 if place == "*" else 1)
