"""`keyreeve audit`."""

import json

import pysqlite3.dbapi2 as sqlite

from doors.installation import Installation

ADA = "ada@example.org"


def furnish(installation: Installation) -> None:
    run = installation.run
    run("user", "create", ADA)
    run("group", "create", "Demo", "--owner", ADA)
    run("group", "set", "Demo", "--public-api", "on")
    run("whitelist", "add", ADA, "192.0.2.7")


def test_every_change_is_listed_newest_first_and_may_be_filtered(
    installation: Installation,
) -> None:
    furnish(installation)
    run = installation.run
    actions = [event["action"] for event in run("audit", "list")["results"]]
    assert actions == ["whitelist.add", "group.set_public_api", "group.create", "user.create"]
    assert len(run("audit", "list", "--limit", "2")["results"]) == 2
    assert len(run("audit", "list", "--action", "group.create")["results"]) == 1
    assert len(run("audit", "list", "--group", "Demo")["results"]) == 2
    assert len(run("audit", "list", "--user", ADA)["results"]) == 3
    assert installation.attempt("audit", "list", "--group", "Nothing").returncode == 1
    assert "whitelist.add" in installation.attempt("audit", "list").stdout.splitlines()[1]


def test_export_is_a_line_of_json_for_each_event_oldest_first(
    installation: Installation,
) -> None:
    furnish(installation)
    for words in ((), ("--json",)):
        text = installation.attempt("audit", "export", *words).stdout
        assert [json.loads(line)["seq"] for line in text.splitlines()] == [1, 2, 3, 4]


def test_verify_finds_an_altered_and_a_missing_event(installation: Installation) -> None:
    furnish(installation)
    assert installation.run("audit", "verify") == {"intact": True, "events": 4}
    for number, statement in enumerate(
        (
            "UPDATE audit_events SET action = 'user.enable' WHERE seq = 2",
            "DELETE FROM audit_events WHERE seq = 4",
        )
    ):
        file = sqlite.connect(str(installation.folder / "keyreeve.db"))
        before = file.execute("SELECT * FROM audit_events").fetchall()
        file.execute(statement)
        file.commit()
        done = installation.attempt("audit", "verify", "--json")
        error = json.loads(done.stderr)["error"]
        assert (done.returncode, error["code"]) == (1, "AUDIT_BROKEN")
        assert f"event number {(2, 4)[number]}" in error["detail"]
        file.execute("DELETE FROM audit_events")
        marks = ", ".join("?" for _ in before[0])
        file.executemany(f"INSERT INTO audit_events VALUES ({marks})", before)
        file.commit()
        file.close()
    assert installation.run("audit", "verify")["intact"] is True
