"""`keyreeve observe`."""

from datetime import UTC, datetime, timedelta
from typing import Any

from doors.installation import Installation
from keyreeve import settings
from keyreeve.app import edge
from keyreeve.storage.database import Database
from keyreeve.storage.observations import Observation
from keyreeve.storage.records import Batch
from storage import recording
from storage.recording import AWAY


def keep(installation: Installation, *observations: Observation) -> None:
    environ = {"KEYREEVE_DATABASE_URL": f"sqlite:///{installation.folder / 'keyreeve.db'}"}
    database = Database.open(settings.load(environ), edge.real())
    database.records.write(Batch(overlooked=observations))
    database.close()


def overlooked(calls: int = 1, *, days: int = 0, **kind: Any) -> Observation:
    return recording.overlooked(calls, datetime.now(UTC) - timedelta(days=days), **kind)


def test_an_empty_report_says_that_nothing_is_observed(installation: Installation) -> None:
    told = installation.attempt("observe", "report").stdout
    assert "0 calls were let through" in told
    assert "KEYREEVE_MODE is enforce here" in told
    watching = Installation(installation.folder, {"KEYREEVE_MODE": "observe"})
    assert "enforce" not in watching.attempt("observe", "report").stdout
    document = watching.run("observe", "report")
    assert (document["mode"], document["refusals"], document["openapi"]["paths"]) == (
        "observe", [], {},
    )  # fmt: skip


def test_it_tells_who_would_have_been_refused_and_by_what(installation: Installation) -> None:
    run = installation.run
    ada = run("user", "create", "ada@example.org")
    group = run("group", "create", "Engines", "--owner", "ada@example.org")
    told = {"user_id": ada["id"], "group_id": group["id"], "rule": "4"}
    keep(
        installation,
        overlooked(7, **told, reason="GROUP_PUBLIC_API_DISABLED"),
        overlooked(2, rule="1", reason="absent", key_id="", user_id="", username="x\x1b[1m",
                   operation="", path="/jobs/{id}", method="GET"),
        overlooked(1, operation="*", key_id="", user_id="", username=None, address=None),
        overlooked(1, rule="1", reason="absent", key_id="", user_id="", username=None,
                   address=AWAY.site),
        overlooked(5, days=3),
    )  # fmt: skip
    report = run("observe", "report", "--days", "2")
    assert (report["calls"], report["byRule"]) == (11, {"4": 7, "1": 3, "5": 1})
    first = report["refusals"][0]
    assert (first["username"], first["group"]["name"]) == ("ada@example.org", "Engines")
    assert (first["errorCode"], first["proven"]) == ("GROUP_PUBLIC_API_DISABLED", True)
    assert set(report["openapi"]["paths"]) == {"/jobs/{id}"}
    plain = installation.attempt("observe", "report", "--days", "2").stdout
    assert f"keyreeve group set {group['id']} --public-api on" in plain
    assert "GET /jobs/{id}" in plain
    assert "\x1b" not in plain
    assert "several" in plain
    assert "2001:db8::/64" in plain
    assert run("observe", "report", "--days", "9")["calls"] == 16


def test_one_group_can_be_asked_for(installation: Installation) -> None:
    group = installation.run("group", "create", "Engines")
    keep(installation, overlooked(3, group_id=group["id"]), overlooked(4))
    assert installation.run("observe", "report", "--group", "Engines")["calls"] == 3
    assert installation.attempt("observe", "report", "--group", "Nothing").returncode == 1


def test_a_long_table_is_cut_and_says_so(installation: Installation) -> None:
    installation.run("user", "list")
    keep(installation, *(overlooked(operation=f"o{number}") for number in range(60)))
    done = installation.attempt("observe", "report")
    assert "... and 10 more kinds of calls" in done.stdout
    assert len(installation.run("observe", "report")["refusals"]) == 60
