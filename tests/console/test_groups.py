from console.browser import Browser
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.storage.database import Database


def test_whoever_makes_a_group_owns_it_and_its_public_api_is_off(
    browser: Browser, ada: User, database: Database
) -> None:
    browser.get("/groups/new")
    page = browser.press("Create group", Name="  Tides ")

    assert page.notices == ["Tides was made, and you are its Owner. Its public API is off."]
    assert page.named("button")["Enable Public API"].get("aria-checked") == "false"
    with database.snapshot() as s:
        group = s.groups.by_name("Tides")
        assert group is not None
        assert s.groups.owners(group.id) == (ada.id,)
        assert not group.public_api_enabled


def test_a_taken_name_stays_in_its_field(browser: Browser, weather: Group) -> None:
    browser.get("/groups/new")
    page = browser.press("Create group", Name=weather.name)

    assert page.problems == ["A group named Weather already exists."]
    assert page.field("Name").get("value") == "Weather"


def test_a_bad_name_stays_in_its_field(browser: Browser) -> None:
    browser.get("/groups/new")
    page = browser.press("Create group", Name="5a" * 12)

    assert page.problems == ["24 hex digits are an id."]
    assert page.field("Name").get("value") == "5a" * 12


def test_the_form_comes_back_filled_in(browser: Browser) -> None:
    assert browser.get("/groups/new?name=a%26b").field("Name").get("value") == "a&b"
