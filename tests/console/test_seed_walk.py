"""The console in a real browser, with JavaScript and without: each claim is proven by curl."""

import itertools
import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from console import chromium
from console.browser import code
from console.conftest import CLI, PASSWORD
from doors.installation import Installation, Server
from keyreeve import settings
from keyreeve.app import edge
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.protocol import totp
from keyreeve.services import api_keys, groups, users, whitelists
from keyreeve.storage.database import Database

NUMBERS = itertools.count(1)


@dataclass
class Walk:
    """A signed-in user at his console, and the API beside it."""

    page: Page
    server: Server
    database: Database
    user: User
    group: Group

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def dialog_button(self, name: str) -> Locator:
        return self.page.get_by_role("dialog").get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def curl(self, key: str, path: str, *options: str) -> int:
        """Call the API with digest, as the user; return the status."""
        done = subprocess.run(
            ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20",
             "--digest", "--user", f"{self.user.username}:{key}", *options,
             f"{self.server.api}{path}"],
            capture_output=True, text=True, check=True, timeout=30,
        )  # fmt: skip
        return int(done.stdout)

    def whitelisted_call(self, key: str) -> int:
        """Call a whitelisted operation, one that changes nothing if it is let through."""
        body = json.dumps([{"ipAddress": "127.0.0.1"}])
        path = f"/users/{self.user.id}/whitelist"
        return self.curl(key, path, "-H", "Content-Type: application/json", "-d", body)

    def open_settings(self, tab: str) -> None:
        self.page.goto(self.server.url)
        self.link("Settings").click()
        self.link(tab).click()

    def generate(self, description: str) -> str:
        """Generate a key where no code is asked for, read it and close its page."""
        self.open_settings("Public API Access")
        self.button("Generate").click()
        self.field("Description").fill(description)
        self.dialog_button("Generate").click()
        key = self.field("API key").input_value()
        self.button("Close").click()
        return key

    def whitelist(self, address: str) -> None:
        self.open_settings("Public API Access")
        self.button("Add").click()
        self.field("IP address or CIDR").fill(address)
        self.button("Save").click()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.launched() as started:
        yield started


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Database]]:
    folder = tmp_path_factory.mktemp("walk")
    with Installation(folder).serving() as server:
        given = {"KEYREEVE_DATABASE_URL": f"sqlite:///{folder / 'keyreeve.db'}"}
        database = Database.open(settings.load(given), edge.real())
        yield server, database
        database.close()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    with chromium.watched(browser, java_script_enabled=request.param) as opened:
        yield opened


@pytest.fixture
def walk(page: Page, served: tuple[Server, Database]) -> Walk:
    """Sign in somebody new, who owns a group of his own."""
    server, database = served
    name = f"ada{next(NUMBERS)}"
    with database.transaction() as t:
        user = users.create(
            t,
            CLI,
            username=f"{name}@example.org",
            first_name="Ada",
            last_name="Lovelace",
            password=users.hashed(PASSWORD),
        )
        group = groups.create(t, CLI, name=name, owner=user)
    page.goto(server.url)
    page.get_by_label("Email", exact=True).fill(user.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    return Walk(page, server, database, user, group)


def opened(walk: Walk) -> None:
    with walk.database.transaction() as t:
        groups.set_public_api(t, CLI, walk.group, enabled=True)


def await_time_enough(seconds: float = 20) -> None:
    """Wait until the code of this moment holds for some seconds."""
    left = totp.STEP_SECONDS - time.time() % totp.STEP_SECONDS
    if left < seconds:
        time.sleep(left)


def test_the_first_run_begins_with_the_printed_link(page: Page, tmp_path: Path) -> None:
    with Installation(tmp_path).serving() as server:
        (link,) = re.findall(r"http\S+/setup\?token=\S+", server.log.read_text())
        page.goto(link)
        for label, text in (
            ("Email", "ada@example.org"),
            ("First name", "Ada"),
            ("Last name", "Lovelace"),
            ("Password", PASSWORD),
        ):
            page.get_by_label(label, exact=True).fill(text)
        page.get_by_role("button", name="Create account", exact=True).click()
        assert page.get_by_role("heading", name="Hello, Ada").is_visible()
        assert page.get_by_role("link", name="New group").is_visible()


def test_enable_public_api_is_toggled_on_and_off(walk: Walk) -> None:
    key = walk.generate("Backup")
    path = f"/groups/{walk.group.id}"
    assert walk.curl(key, path) == 403

    walk.open_settings("Group Settings")
    switch = walk.page.get_by_role("switch", name="Enable Public API")
    assert switch.get_attribute("aria-checked") == "false"
    switch.click()
    walk.page.get_by_role("switch", name="Enable Public API", checked=True).wait_for()
    assert walk.curl(key, path) == 200

    walk.page.get_by_role("switch", name="Enable Public API").click()
    walk.page.get_by_role("switch", name="Enable Public API", checked=False).wait_for()
    assert walk.curl(key, path) == 403


def test_a_key_is_displayed_one_time_only(walk: Walk) -> None:
    opened(walk)
    assert walk.curl(PASSWORD, "/groups") == 401
    walk.open_settings("Public API Access")
    walk.button("Generate").click()
    walk.field("Description").fill("Backup")
    walk.dialog_button("Generate").click()

    shown = walk.field("API key")
    key = shown.input_value()
    assert shown.get_attribute("readonly") is not None
    assert "like a password: keep it secret" in walk.page.content()
    (line,) = walk.page.locator("code").all_inner_texts()
    done = subprocess.run(
        f"{line} -sS -o /dev/null -w '%{{http_code}}'",
        shell=True, capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert done.stdout == "200"

    walk.button("Close").click()
    assert walk.page.get_by_text("1 of 10 keys").is_visible()
    assert key not in walk.page.content()
    walk.page.go_back()
    assert key not in walk.page.content()
    walk.page.reload()
    assert key not in walk.page.content()


def test_prompted_for_two_factors_one_clicks_generate_again(walk: Walk) -> None:
    walk.link("Account").click()
    walk.button("Set up second factor").click()
    secret = walk.page.locator(".secret").inner_text()
    await_time_enough()
    walk.field("Authentication code").fill(code(secret, time.time() - 30))
    walk.button("Verify").click()
    assert walk.page.get_by_role("listitem").count() == 10
    walk.button("Close").click()

    walk.open_settings("Public API Access")
    walk.button("Generate").click()
    walk.field("Description").fill("Backup")
    walk.dialog_button("Generate").click()
    walk.field("Authentication code").fill(code(secret, time.time()))
    walk.button("Verify").click()
    assert walk.field("Description").input_value() == "Backup"
    walk.dialog_button("Generate").click()

    opened(walk)
    assert walk.curl(walk.field("API key").input_value(), "/groups") == 200


def test_keys_are_disabled_and_enabled_and_all_count_toward_ten(walk: Walk) -> None:
    opened(walk)
    key = walk.generate("Backup")
    walk.button("Actions for Backup").click()
    walk.button("Disable").click()
    walk.page.get_by_text("Disabled", exact=True).wait_for()
    assert walk.curl(key, "/groups") == 401
    with walk.database.transaction() as t:
        for number in range(9):
            api_keys.generate(t, CLI, walk.user, f"key {number}")

    walk.open_settings("Public API Access")
    walk.button("Generate").click()
    walk.field("Description").fill("one too many")
    walk.dialog_button("Generate").click()
    assert "The limit of 10 API keys is reached" in walk.page.content()

    walk.open_settings("Public API Access")
    walk.button("Actions for Backup").click()
    walk.button("Enable").click()
    walk.page.get_by_text("Disabled", exact=True).wait_for(state="detached")
    assert walk.curl(key, "/groups") == 200


@pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.0/8", "0.0.0.0/0"])
def test_an_entry_grants_access_to_whitelisted_operations_until_it_is_deleted(
    walk: Walk, entry: str
) -> None:
    opened(walk)
    key = walk.generate("Backup")
    assert walk.page.get_by_text("Your whitelist is empty").is_visible()
    assert walk.whitelisted_call(key) == 403

    walk.whitelist(entry)
    walk.button(f"Actions for {entry}").wait_for()
    assert walk.whitelisted_call(key) == 201
    with walk.database.transaction() as t:
        for known in t.whitelists.entries(walk.user.id):
            if str(known.network) != entry:
                t.whitelists.remove(walk.user.id, known.network)
                t.changed("user", walk.user.id)

    walk.open_settings("Public API Access")
    walk.button(f"Actions for {entry}").click()
    walk.button("Delete").click()
    walk.page.get_by_text("Your whitelist is empty").wait_for()
    assert walk.whitelisted_call(key) == 403


def test_another_users_whitelist_is_of_no_use(walk: Walk) -> None:
    opened(walk)
    key = walk.generate("Backup")
    with walk.database.transaction() as t:
        name = f"eve{next(NUMBERS)}@example.org"
        eve = users.create(t, CLI, username=name, first_name="Eve", last_name="V")
        whitelists.add(t, CLI, eve, [("127.0.0.1", "")])
    assert walk.whitelisted_call(key) == 403
    walk.whitelist("127.0.0.1")
    walk.button("Actions for 127.0.0.1").wait_for()
    assert walk.whitelisted_call(key) == 201
