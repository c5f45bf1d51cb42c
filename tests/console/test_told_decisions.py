"""Decisions as the page tells them: allowed ones too."""

from console.browser import Browser
from console.conftest import CLI
from console.test_explain import facts, replies, result
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.services import api_keys, whitelists
from keyreeve.storage.database import Database
from keyreeve.storage.records import AccessRecord, Batch, Count
from storage import recording

KEPT, COUNTED = "a" * 24, "c" * 24


def look_up(browser: Browser, decision: str) -> None:
    browser.get("/settings/explain")
    browser.press("Look up", Decision_ID=decision)


def test_a_whitelisted_allow_tells_the_entry_that_let_it_in(
    browser: Browser, weather: Group, ada: User, database: Database
) -> None:
    now = database.edge.now()
    with database.transaction() as t:
        whitelists.add(t, CLI, ada, [("10.0.0.0/8", "")])
        (entry,) = t.whitelists.entries(ada.id)
    row = AccessRecord(
        KEPT, now, "group.delete", "DELETE", f"/api/public/v1.0/groups/{weather.id}", "allow",
        user_id=ada.id, username=ada.username, group_id=weather.id, entry_ids=(entry.id,),
    )  # fmt: skip
    database.records.write(Batch(rows=[row]))
    look_up(browser, KEPT)
    assert result(browser.page) == "Was allowed"
    assert facts(browser.page)["Let in by"] == "10.0.0.0/8"
    assert replies(browser.page)["8"] == "Yes"


def test_what_was_overlooked_was_let_through(
    browser: Browser, weather: Group, ada: User, database: Database
) -> None:
    told = {"user_id": ada.id, "group_id": weather.id, "operation": "jobs.add", "method": "POST"}
    one = recording.overlooked(2, database.edge.now(), decision_id=KEPT, **told)
    database.records.write(Batch(overlooked=[one]))
    look_up(browser, KEPT)
    assert result(browser.page) == "Was let through, would be refused by rule 5"
    assert replies(browser.page)["5"] == "No"


def test_a_counted_allow_tells_what_was_kept_of_it(
    browser: Browser, ada: User, database: Database
) -> None:
    now = database.edge.now()
    with database.transaction() as t:
        key, _ = api_keys.generate(t, CLI, ada, "key")
    count = Count(key.id, "root.get", None, now, 1, now, COUNTED)
    database.records.write(Batch(counts=[count]))
    look_up(browser, COUNTED)
    assert result(browser.page) == "Was allowed"
    told = facts(browser.page)
    assert (told["Operation"], told["From"]) == ("root.get", "an unknown address")
    assert "Call" not in told
