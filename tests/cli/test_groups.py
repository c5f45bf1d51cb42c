"""`keyreeve group`."""

import json

from doors.installation import Installation


def test_a_group_starts_with_its_public_api_off(installation: Installation) -> None:
    made = installation.run("group", "create", "Analytical")
    assert (made["name"], made["publicApiEnabled"], len(made["id"])) == ("Analytical", False, 24)
    assert installation.run("group", "list") == {"results": [made]}
    assert installation.attempt("group", "list").stdout.splitlines()[1].split()[-2:] == [
        "off", "enforce",
    ]  # fmt: skip


def test_it_may_start_open_and_with_an_owner(installation: Installation) -> None:
    run = installation.run
    ada = run("user", "create", "ada@example.org")
    made = run("group", "create", "Demo", "--owner", ada["username"], "--public-api", "on")
    assert made["publicApiEnabled"] is True
    done = installation.attempt("role", "revoke", ada["id"], made["id"], "GROUP_OWNER")
    assert "is the last Owner of Demo" in done.stderr


def test_it_may_be_called_by_what_a_guarded_api_calls_it(installation: Installation) -> None:
    run = installation.run
    made = run("group", "create", "The shop", "--external-id", "shop")
    assert made["externalId"] == "shop"
    assert run("group", "set", "shop", "--public-api", "on")["id"] == made["id"]
    done = installation.attempt("group", "create", "Another", "--external-id", "shop")
    assert (done.returncode, "shop" in done.stderr) == (1, True)


def test_the_switch_is_set_by_name_or_id(installation: Installation) -> None:
    run = installation.run
    made = run("group", "create", "Demo")
    assert run("group", "set", "Demo", "--public-api", "on")["publicApiEnabled"] is True
    assert run("group", "set", made["id"], "--public-api", "off")["publicApiEnabled"] is False


def test_a_group_is_observed_until_it_is_enforced_again(installation: Installation) -> None:
    run = installation.run
    run("group", "create", "Demo", "--public-api", "on")
    done = installation.attempt("group", "set", "Demo", "--mode", "observe")
    assert "whoever has a valid key" in done.stdout
    assert run("group", "list")["results"][0]["mode"] == "observe"
    assert installation.attempt("group", "list").stdout.splitlines()[1].endswith("observe")
    after = run("group", "set", "Demo", "--mode", "enforce", "--public-api", "off")
    assert (after["mode"], after["publicApiEnabled"]) == ("enforce", False)
    (event, *_) = run("audit", "list", "--action", "group.set_mode")["results"]
    assert event["details"] == {"mode": "enforce"}
    assert installation.attempt("group", "set", "Demo", "--mode", "sleep").returncode == 2


def test_refusals_change_nothing(installation: Installation) -> None:
    installation.run("group", "create", "Demo")
    for words, code in (
        (["create", "Demo"], "GROUP_ALREADY_EXISTS"),
        (["create", ""], "INVALID_ATTRIBUTE"),
        (["create", "Other", "--owner", "nobody@example.org"], "USER_NOT_FOUND"),
        (["set", "Nothing", "--public-api", "on"], "GROUP_NOT_FOUND"),
        (["set", "Nothing", "--mode", "observe"], "GROUP_NOT_FOUND"),
        (["set", "Demo"], "NOTHING_TO_SET"),
    ):
        done = installation.attempt("group", *words, "--json")
        assert (done.returncode, json.loads(done.stderr)["error"]["code"]) == (1, code)
    assert len(installation.run("group", "list")["results"]) == 1
