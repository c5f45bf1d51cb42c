"""Debian's Chromium, and pages in it that say nothing and ask nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# A closed network refuses what a browser asks for in the background, and nothing here needs it.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start the browser and stop it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[Page]:
    """Open a page; in the end it said nothing on its console and asked no other origin."""
    context = browser.new_context(**options)
    page, said, asked = context.new_page(), list[str](), list[str]()
    page.set_default_timeout(15_000)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda sent: asked.append(sent.url))
    yield page
    context.close()
    assert said == []
    assert {url.split("/")[2].split(":")[0] for url in asked} == {"127.0.0.1"}
