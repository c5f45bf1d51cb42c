from datetime import timedelta

from console.browser import ADDRESS, Browser
from console.conftest import CLI, Clock
from keyreeve.console.application import Console
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.protocol import address
from keyreeve.services import api_keys, groups, whitelists
from keyreeve.storage.database import Database
from keyreeve.storage.records import Batch, Count

PATH = "/settings/api-access"


def test_empty_lists_teach(browser: Browser) -> None:
    page = browser.get(PATH)

    assert "0 of 10 keys" in page.text
    assert "You have no API keys yet" in page.text
    assert (
        "curl --digest --user ada@example.org:YOUR_API_KEY http://127.0.0.1:8080/api" in page.text
    )
    assert "Your whitelist is empty" in page.text
    assert "Whitelisted operations are closed to you until you add an address." in page.text


def test_a_key_shows_when_and_from_where_it_was_last_used(
    browser: Browser, ada: User, database: Database, clock: Clock
) -> None:
    with database.transaction() as t:
        key, secret = api_keys.generate(t, CLI, ada, "Backup")
    used = clock.now
    caller = address.parse_address("198.51.100.9")
    count = Count(key.id, "root", caller, used, 1, used, "d" * 24)
    database.records.write(Batch(counts=(count,)))
    clock.now += timedelta(minutes=3)

    page = browser.get(PATH)

    assert "3 minutes ago from 198.51.100.9" in page.text
    assert key.redacted in page.text
    assert secret not in page.html
    assert "Actions for Backup" in page.named("button")


def test_an_entry_says_what_it_covers_and_whether_one_is_on_it(
    browser: Browser, ada: User, database: Database
) -> None:
    with database.transaction() as t:
        whitelists.add(t, CLI, ada, [("203.0.113.0/24", "Office"), ("10.0.0.1", "")])

    rows = [row.text for row in browser.get(PATH).root.all("tr")]

    assert any("203.0.113.0/24 256 addresses You are here Office" in row for row in rows)
    assert any(row.startswith("10.0.0.1 None") for row in rows)
    assert f"This entry covers your own address, {ADDRESS}." in browser.page.text


def test_lifting_the_restriction_is_said_for_as_long_as_it_lasts(
    browser: Browser, ada: User, database: Database
) -> None:
    with database.transaction() as t:
        whitelists.add(t, CLI, ada, [("0.0.0.0/0", "")])
    assert "0.0.0.0/0 removes the restriction" in browser.get(PATH).text


def test_a_closed_public_api_is_said_where_keys_are_made(
    browser: Browser, weather: Group, database: Database
) -> None:
    assert "The public API of Weather is off" in browser.get(PATH).text
    with database.transaction() as t:
        groups.set_public_api(t, CLI, weather, enabled=True)
    assert "The public API of" not in browser.get(PATH).text


def test_the_page_opens_its_dialogs_without_javascript(browser: Browser) -> None:
    browser.get(PATH)
    page = browser.press("Generate")
    assert [e.get("id") for e in page.root.all("dialog") if "open" in e.attributes] == ["generate"]

    browser.get(PATH)
    page = browser.press("Add")
    assert [e.get("id") for e in page.root.all("dialog") if "open" in e.attributes] == ["add"]


def test_the_callers_address_is_offered(browser: Browser) -> None:
    browser.get(PATH)
    page = browser.press("Add")
    offer = page.named("a")[f"Use your current address, {ADDRESS}"]
    page = browser.get(offer.get("href"))
    assert page.field("IP address or CIDR").get("value") == ADDRESS


def test_an_unknown_address_is_not_offered(console: Console, browser: Browser) -> None:
    behind_a_socket = Browser(console, address=None)
    behind_a_socket.cookies = browser.cookies
    page = behind_a_socket.get(f"{PATH}?add=1")
    assert "current address" not in page.text
