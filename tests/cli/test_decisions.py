"""`keyreeve decision`."""

import json

from doors.installation import Installation
from keyreeve import settings as rules
from keyreeve.app.edge import real
from keyreeve.protocol.address import parse_address
from keyreeve.protocol.forwarded import Rule
from keyreeve.storage.database import Database
from keyreeve.storage.records import AccessRecord, Batch

ID = "11e54da1a1eb1e0000000008"
CLUSTER = "/v1/groups/shop/clusters/orders"


def recorded(installation: Installation, row: AccessRecord) -> None:
    """Write a record down as a door does."""
    url = installation.environment()["KEYREEVE_DATABASE_URL"]
    database = Database.open(rules.load({"KEYREEVE_DATABASE_URL": url}), real())
    database.records.write(Batch(rows=[row]))
    database.close()


def test_a_denial_is_told_whole_by_the_id_that_its_caller_was_told(
    installation: Installation,
) -> None:
    row = AccessRecord(
        ID, real().now(), "deleteCluster", "DELETE", CLUSTER, "deny", "ADDRESS_NOT_LISTED", "8",
        username="ada@example.org", address=parse_address("203.0.113.9"),
        hops="10.0.0.1=trusted;203.0.113.9=caller",
    )  # fmt: skip
    recorded(installation, row)
    told = installation.run("decision", "show", ID)
    assert (told["method"], told["target"]) == ("DELETE", CLUSTER)
    assert (told["outcome"], told["reason"], told["address"]) == (
        "deny", "ADDRESS_NOT_LISTED", "203.0.113.9",
    )  # fmt: skip
    assert [step["rule"] for step in told["trace"] if step["reply"] == "no"] == ["8"]
    assert told["hops"] == [
        {"name": "10.0.0.1", "rule": Rule.TRUSTED.value},
        {"name": "203.0.113.9", "rule": Rule.CALLER.value},
    ]
    shown = installation.attempt("decision", "show", ID).stdout.splitlines()
    assert shown[0] == "DENY ADDRESS_NOT_LISTED"
    assert shown[2] == f"DELETE {CLUSTER}"
    assert shown[-3:] == [
        "HOP          RULE",
        f"10.0.0.1     {Rule.TRUSTED.value}",
        f"203.0.113.9  {Rule.CALLER.value}",
    ]


def test_what_is_not_on_record_is_not_found(installation: Installation) -> None:
    done = installation.attempt("decision", "show", ID, "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads(done.stderr)["error"]["code"] == "DECISION_NOT_FOUND"
