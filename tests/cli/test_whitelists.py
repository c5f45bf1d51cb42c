"""`keyreeve whitelist`."""

import json

from doors.installation import Installation

ADA = "ada@example.org"


def test_entries_are_added_once_and_removed(installation: Installation) -> None:
    run = installation.run
    run("user", "create", ADA)
    for entry in ("192.0.2.7", "10.0.0.0/8", "2001:db8::/32", "192.0.2.7/32", "192.0.2.7"):
        added = run("whitelist", "add", ADA, entry, "--comment", "office")
    listed = run("whitelist", "list", ADA)["results"]
    assert [e["cidrBlock"] for e in listed] == ["192.0.2.7/32", "10.0.0.0/8", "2001:db8::/32"]
    assert added["results"] == listed
    assert {(e["comment"], e["count"], e["lastUsed"]) for e in listed} == {("office", 0, None)}
    assert run("whitelist", "remove", ADA, "192.0.2.7")["listed"] is False
    assert len(run("whitelist", "list", ADA)["results"]) == 2
    assert "10.0.0.0/8" in installation.attempt("whitelist", "list", ADA).stdout


def test_an_empty_list_says_what_that_means(installation: Installation) -> None:
    installation.run("user", "create", ADA)
    text = installation.attempt("whitelist", "list", ADA).stdout
    assert text == "The whitelist is empty: no whitelisted operation is open to this user.\n"


def test_what_is_no_address_is_refused_with_what_may_be_meant(
    installation: Installation,
) -> None:
    installation.run("user", "create", ADA)
    for text, told in (
        ("10.0.0.1/8", "10.0.0.0/8"),
        ("010.0.0.1", "010.0.0.1"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/255.0.0.0"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ):
        done = installation.attempt("whitelist", "add", ADA, text, "--json")
        error = json.loads(done.stderr)["error"]
        assert (done.returncode, error["code"]) == (1, "INVALID_IP_ADDRESS_OR_CIDR_NOTATION")
        assert told in error["detail"]


def test_an_entry_that_is_not_there_cannot_be_removed(installation: Installation) -> None:
    installation.run("user", "create", ADA)
    done = installation.attempt("whitelist", "remove", ADA, "192.0.2.7", "--json")
    assert json.loads(done.stderr)["error"]["code"] == "WHITELIST_NOT_FOUND"


def test_people_are_told_what_is_stored_and_what_it_opens(installation: Installation) -> None:
    installation.run("user", "create", ADA)
    for text, told in (
        ("::ffff:10.0.0.0/104", f"10.0.0.0/8 is on the whitelist of {ADA}.\n"),
        ("0.0.0.0/0", f"0.0.0.0/0 is on the whitelist of {ADA}. From any address"),
    ):
        assert installation.attempt("whitelist", "add", ADA, text).stdout.startswith(told)
    removed = installation.run("whitelist", "remove", ADA, "::ffff:10.0.0.0/104")
    assert removed["entry"] == "10.0.0.0/8"
