from console.browser import Browser
from console.conftest import PASSWORD
from keyreeve.api.described import OWN
from keyreeve.console.application import Console
from keyreeve.domain.edge import Edge
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


def test_where_only_global_owners_make_groups_nobody_else_does(
    database: Database, edge: Edge, ada: User
) -> None:
    console = Console(
        database, edge, public_url="http://127.0.0.1:8080", own=OWN, anyone_makes_groups=False
    )
    browser = Browser(console)
    token = browser.sign_in(ada.username, PASSWORD).token
    assert "New group" not in browser.page.named("a")
    for page in (
        browser.get("/groups/new"),
        browser.post("/groups/new", {"csrf": token, "name": "Tides"}),
    ):
        assert (page.status, page.heading) == (403, "New groups are made by Global Owners")

    with database.transaction() as t:
        assert t.groups.by_name("Tides") is None
        t.users.add_global_role(ada.id, "GLOBAL_OWNER")
    browser.get("/groups/new")
    assert browser.press("Create group", Name="Tides").notices


def test_the_form_comes_back_filled_in(browser: Browser) -> None:
    assert browser.get("/groups/new?name=a%26b").field("Name").get("value") == "a&b"
