"""`keyreeve doctor`."""

import json
from typing import Any

import pysqlite3.dbapi2 as sqlite

from doors.installation import Installation


def levels(installation: Installation) -> dict[str, str]:
    """Return the worst level of each check."""
    order = ("ok", "warning", "error")
    worst: dict[str, str] = {}
    for finding in report(installation)["findings"]:
        known = worst.get(finding["check"], "ok")
        worst[finding["check"]] = max(known, finding["level"], key=order.index)
    return worst


def report(installation: Installation) -> Any:
    done = installation.attempt("doctor", "--json")
    document = json.loads(done.stdout)
    assert done.returncode == (0 if document["healthy"] else 1)
    return document


def test_a_new_installation_is_healthy(installation: Installation) -> None:
    assert report(installation)["healthy"] is True
    assert set(levels(installation)) == {
        "settings", "transport", "start", "database", "sqlite", "files", "epoch", "records",
        "clock", "catalogue", "mode",
    }  # fmt: skip
    plain = installation.attempt("doctor").stdout.splitlines()
    assert plain[0].split() == ["LEVEL", "CHECK", "FINDING"]


def test_a_wrong_setting_is_a_finding(installation: Installation) -> None:
    wrong = Installation(installation.folder, {"KEYREEVE_NONSENSE": "1"})
    assert levels(wrong) == {"settings": "error"}


def test_a_key_that_others_may_read_is_an_error(installation: Installation) -> None:
    installation.run("user", "list")
    (installation.folder / "keyreeve.key").chmod(0o644)
    assert "error" in levels(installation).values()


def test_a_missing_key_and_a_foreign_realm_are_errors(installation: Installation) -> None:
    installation.run("user", "list")
    other = Installation(installation.folder, {"KEYREEVE_REALM": "Elsewhere"})
    assert levels(other)["start"] == "error"
    (installation.folder / "keyreeve.key").unlink()
    assert levels(installation)["start"] == "error"


def test_a_change_from_the_future_is_an_error_of_the_clock(installation: Installation) -> None:
    installation.run("user", "create", "ada@example.org")
    file = sqlite.connect(str(installation.folder / "keyreeve.db"))
    file.execute("UPDATE audit_events SET created = '2999-01-01 00:00:00.000000'")
    file.commit()
    file.close()
    assert levels(installation)["clock"] == "error"


def test_https_ends_the_warning_about_bearer_keys(installation: Installation) -> None:
    assert levels(installation)["transport"] == "warning"
    for settings in (
        {"KEYREEVE_PUBLIC_URL": "https://keys.example.org"},
        {"KEYREEVE_BEARER": "off"},
    ):
        assert "transport" not in levels(Installation(installation.folder, settings))


def test_an_empty_catalogue_is_told_of(installation: Installation) -> None:
    def told() -> str:
        (line,) = [
            f["detail"] for f in report(installation)["findings"] if f["check"] == "catalogue"
        ]
        return str(line)

    assert "Nothing was imported" in told()
    document = '{"openapi":"3.1.0","paths":{"/a":{"get":{}}}}'
    (installation.folder / "api.json").write_text(document)
    installation.run("catalogue", "import", "api.json")
    assert told() == "Operations that doors in front of other APIs know: 1."
