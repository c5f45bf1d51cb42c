"""Every page as axe sees it: nothing to complain about, however wide the page and in any light."""

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from console import chromium, pages
from console.conftest import CLI, PASSWORD
from doors.installation import Installation, Server
from keyreeve import settings
from keyreeve.app import edge
from keyreeve.console import headers, rendering
from keyreeve.services import api_keys, groups, users, whitelists
from keyreeve.storage.database import Database

EVERY = pages.every()
WIDTHS = (360, 1600)
LIGHTS = ("light", "dark")
# Beyond what axe looks at unasked: targets large enough for a finger (WCAG 2.2, 2.5.8).
OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.launched() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A served installation: Ada owns a group, a key and two whitelist entries."""
    folder = tmp_path_factory.mktemp("axe")
    with Installation(folder).serving() as started:
        given = {"KEYREEVE_DATABASE_URL": f"sqlite:///{folder / 'keyreeve.db'}"}
        database = Database.open(settings.load(given), edge.real())
        furnish(database)
        database.close()
        yield started


def furnish(database: Database) -> None:
    with database.transaction() as t:
        ada = users.create(
            t,
            CLI,
            username="ada@example.org",
            first_name="Ada",
            last_name="Lovelace",
            password=users.hashed(PASSWORD),
        )
    with database.transaction() as t:
        groups.create(t, CLI, name="Weather", owner=ada)
        api_keys.generate(t, CLI, ada, "Backup")
        whitelists.add(t, CLI, ada, [("127.0.0.1", "Office"), ("0.0.0.0/0", "")])


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with chromium.watched(browser) as opened:
        yield opened


def complaints(page: Page) -> list[str]:
    """Look at a page in every width and light; return what axe and a reader at 360 px miss."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{width}: the page scrolls sideways")
        for light in LIGHTS:
            page.emulate_media(color_scheme=light)
            page.evaluate("document.getAnimations().forEach(fading => fading.finish())")
            for violation in Axe().run(page, options=OPTIONS).response["violations"]:
                nodes = [(node["html"], node["failureSummary"]) for node in violation["nodes"]]
                found.append(f"{width} {light}: {violation['id']}: {json.dumps(nodes)}")
    return found


def test_axe_is_here_and_finds_what_is_wrong(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.evaluate("document.querySelector('label').remove()")
    assert any(" label:" in found for found in complaints(page))


@pytest.mark.parametrize("name", EVERY)
def test_a_page_is_accessible_in_every_state(page: Page, server: Server, name: str) -> None:
    """Our own template under our own policy, put in the place of a page of a real server."""
    address = f"{server.url}/{name.replace(' ', '-')}"
    html = rendering.render(EVERY[name])
    page.route(address, lambda route: route.fulfill(headers=dict(headers.PAGE), body=html))
    page.goto(address)
    assert complaints(page) == []


def test_what_opens_is_accessible(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_label("Email", exact=True).fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("link", name="Public API Access", exact=True).click()
    page.get_by_role("button", name="Actions for Backup").click()
    page.get_by_role("button", name="Disable").wait_for()
    assert complaints(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Actions for 127.0.0.1").click()
    page.get_by_role("button", name="Delete").wait_for()
    assert complaints(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("dialog").wait_for()
    assert complaints(page) == []
