from console.browser import Browser
from console.conftest import CLI
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.services import api_keys, groups, whitelists
from keyreeve.storage.database import Database


def test_a_stranger_finds_the_sign_in_form(stranger: Browser, ada: User) -> None:
    page = stranger.get("/")
    assert (page.heading, page.path, ada.enabled) == ("Sign in", "/", True)


def test_a_user_finds_his_groups_and_what_he_has(
    browser: Browser, weather: Group, ada: User, database: Database
) -> None:
    with database.transaction() as t:
        groups.create(t, CLI, name="Of others", owner=None)
        api_keys.generate(t, CLI, ada, "one")
        whitelists.add(t, CLI, ada, [("10.0.0.1", ""), ("10.0.0.2", "")])

    page = browser.get("/")

    assert weather.name in page.named("a")
    assert "Of others" not in page.text
    assert "1 of 10" in page.text
    assert "2 to call whitelisted operations from" in page.text


def test_settings_account_and_the_way_out_are_on_every_page(browser: Browser) -> None:
    page = browser.get("/")
    assert {"Settings", "Account", "New group"} <= set(page.named("a"))
    assert "Sign out" in page.named("button")


def test_one_without_a_group_learns_what_a_group_is(browser: Browser) -> None:
    assert "You are in no group yet" in browser.get("/").text


def test_one_with_a_global_role_sees_every_group(
    browser: Browser, ada: User, database: Database
) -> None:
    with database.transaction() as t:
        t.users.add_global_role(ada.id, "GLOBAL_READ_ONLY")
        for number in range(103):
            groups.create(t, CLI, name=f"Group {number}", owner=None)

    page = browser.get("/")

    assert "Group 99" in page.named("a")
    assert "And 3 more" in page.text
