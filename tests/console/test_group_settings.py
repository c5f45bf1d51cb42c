import pytest

from console.browser import Browser
from console.conftest import CLI
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.services import groups, roles
from keyreeve.storage.database import Database

SWITCH = "Enable Public API"


@pytest.fixture
def tides(database: Database, ada: User) -> Group:
    """A group that Ada only reads."""
    with database.transaction() as t:
        group = groups.create(t, CLI, name="Tides", owner=None)
        roles.grant(t, CLI, ada, group, "GROUP_READ_ONLY")
        return group


def enabled(database: Database, group: Group) -> bool:
    with database.snapshot() as s:
        return groups.find(s, group.id).public_api_enabled


def test_one_click_opens_the_public_api_and_one_closes_it(
    browser: Browser, weather: Group, database: Database
) -> None:
    page = browser.get("/settings")
    assert page.named("button")[SWITCH].get("role") == "switch"
    assert page.named("button")[SWITCH].text == "Off"

    page = browser.press(SWITCH)
    assert enabled(database, weather)
    assert page.notices == ["The public API of Weather is on."]
    assert (
        page.named("button")[SWITCH].text,
        page.named("button")[SWITCH].get("aria-checked"),
    ) == (
        "On",
        "true",
    )

    browser.press(SWITCH)
    assert not enabled(database, weather)


def test_a_second_tab_moves_the_switch_where_it_says(
    browser: Browser, weather: Group, database: Database
) -> None:
    browser.get("/settings")
    tab = browser.twin()
    browser.press(SWITCH)
    tab.press(SWITCH)
    assert enabled(database, weather)


def test_others_see_the_switch_and_why_they_cannot_move_it(
    browser: Browser, tides: Group, database: Database
) -> None:
    page = browser.get(f"/groups/{tides.id}/settings")

    assert "disabled" in page.named("button")[SWITCH].attributes
    assert "Only an Owner of this group can change this." in page.text
    assert "Your role here is Read Only." in page.text

    page = browser.submit(SWITCH, {})
    assert (page.status, page.heading) == (403, "Your role does not permit this")
    assert not enabled(database, tides)


def test_they_learn_whom_to_ask(browser: Browser, weather: Group, database: Database) -> None:
    with database.transaction() as t:
        eve = t.users.by_name("ada@example.org")
        assert eve is not None
        roles.grant(t, CLI, eve, weather, "GROUP_USER_ADMIN")
    assert "Owner, User Admin" in browser.get("/settings").text


@pytest.mark.parametrize("path", ["/groups/{}", "/groups/{}/settings"])
def test_a_group_of_others_does_not_exist(browser: Browser, database: Database, path: str) -> None:
    with database.transaction() as t:
        group = groups.create(t, CLI, name="Of others", owner=None)

    there = browser.get(path.format(group.id))
    nowhere = browser.get(path.format("0" * 24))

    assert (there.status, nowhere.status) == (404, 404)
    assert there.text == nowhere.text


def test_it_tells_what_guarded_apis_call_the_group(
    browser: Browser, weather: Group, ada: User, database: Database
) -> None:
    assert "External ID" not in browser.get(f"/groups/{weather.id}/settings").text
    with database.transaction() as t:
        shop = groups.create(t, CLI, name="Shop", owner=ada, external_id="<shop>")
    page = browser.get(f"/groups/{shop.id}/settings")
    assert [e.text.strip() for e in page.root.all("bdi") if "shop" in e.text] == ["<shop>"]


def test_the_picker_opens_on_the_only_group(browser: Browser, weather: Group) -> None:
    assert browser.get("/settings").path == f"/groups/{weather.id}/settings"


def test_the_picker_opens_on_the_group_looked_at_last(
    browser: Browser, weather: Group, tides: Group
) -> None:
    assert browser.get("/settings").path == f"/groups/{weather.id}/settings"
    browser.get(f"/groups/{tides.id}")
    assert browser.get("/settings").path == f"/groups/{tides.id}/settings"


def test_a_group_one_has_left_is_not_opened_again(
    browser: Browser, weather: Group, tides: Group, ada: User, database: Database
) -> None:
    browser.get(f"/groups/{tides.id}")
    with database.transaction() as t:
        roles.revoke(t, CLI, ada, tides, "GROUP_READ_ONLY")
    assert browser.get("/settings").path == f"/groups/{weather.id}/settings"


def test_without_a_group_the_page_says_so(browser: Browser) -> None:
    page = browser.get("/settings")
    assert page.named("a")["Group Settings"].get("href") == "/settings/group"
    assert "You are in no group yet" in page.text
