from console.browser import Browser
from console.conftest import CLI
from keyreeve.domain.group import Group
from keyreeve.services import groups
from keyreeve.storage.database import Database


def picker(browser: Browser) -> str:
    page = browser.get("/account")
    (button,) = [e for e in page.root.all("button") if e.get("popovertarget") == "groups"]
    return button.text


def test_the_picker_lists_the_groups_of_the_user(browser: Browser, weather: Group) -> None:
    page = browser.get("/account")
    assert page.named("a")["Weather"].get("href") == f"/groups/{weather.id}/settings"
    assert picker(browser) == "Group Weather"


def test_it_shows_the_group_looked_at_last(
    browser: Browser, weather: Group, database: Database
) -> None:
    with database.transaction() as t:
        ada = t.users.by_name("ada@example.org")
        tides = groups.create(t, CLI, name="Tides", owner=ada)
    browser.get(f"/groups/{weather.id}")
    assert picker(browser) == "Group Weather"
    browser.get(f"/groups/{tides.id}")
    assert picker(browser) == "Group Tides"


def test_a_planted_group_is_not_shown(browser: Browser, weather: Group, database: Database) -> None:
    with database.transaction() as t:
        others = groups.create(t, CLI, name="Of others", owner=None)
    for planted in (others.id, "0" * 24, "<b>", "\x00"):
        browser.cookies["keyreeve-group"] = planted
        assert picker(browser) == f"Group {weather.name}"


def test_what_there_is_to_say_is_said_once(browser: Browser) -> None:
    browser.get("/groups/new")
    assert browser.press("Create group", Name="Tides").notices
    assert browser.get("/").notices == []
