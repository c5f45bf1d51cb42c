"""What was observed is told with the names of today."""

from datetime import timedelta

from keyreeve.services import groups, observing, users
from keyreeve.storage.database import Database
from keyreeve.storage.records import Batch
from services.people import CLI, grouped, made
from storage import recording

HOUR = timedelta(hours=1)


def test_refusals_are_told_by_login_and_group_the_most_frequent_first(database: Database) -> None:
    now = database.edge.now()
    with database.transaction() as t:
        ada = made(t)
        group = grouped(t, ada)
    told = {"user_id": ada.id, "group_id": group.id}
    kept = [
        recording.overlooked(2, now, **told),
        recording.overlooked(
            5, now, rule="1", reason="absent", key_id="", user_id="", username="x"
        ),
        recording.overlooked(9, now - 2 * HOUR, **told),
    ]
    database.records.write(Batch(overlooked=kept))
    with database.transaction() as t:
        users.rename(t, CLI, ada, "ada@elsewhere.org")
    with database.snapshot() as s:
        first, second = observing.refused(s, database.records, since=now - HOUR)
        assert (first.user, first.group, first.username) == (None, None, "x")
        assert (first.code, second.code) == (observing.UNAUTHORIZED, "USER_UNAUTHORIZED")
        assert (second.username, second.group) == ("ada@elsewhere.org", group)
        assert second.observation.count == 2
        only = observing.refused(s, database.records, since=now - HOUR, group=group)
        assert only == (second,)


def test_a_reason_that_is_no_rules_is_its_own_code(database: Database) -> None:
    now = database.edge.now()
    kept = [recording.overlooked(1, now, rule="", reason="RATE_LIMITED")]
    database.records.write(Batch(overlooked=kept))
    with database.snapshot() as s:
        (one,) = observing.refused(s, database.records, since=now - HOUR)
    assert (one.code, one.user) == ("RATE_LIMITED", None)


def test_observed_groups_are_told(database: Database) -> None:
    with database.transaction() as t:
        group = grouped(t, None)
        grouped(t, None, "Another")
        groups.set_mode(t, CLI, group, observed=True)
    with database.snapshot() as s:
        assert [one.id for one in observing.observed_groups(s)] == [group.id]
