import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

from console.browser import Browser
from keyreeve.api import published
from keyreeve.api.application import BASES
from keyreeve.console import headers, reference
from keyreeve.domain.user import User

DOCS = Path(__file__).parents[2] / "docs"
WRITTEN = sorted([*DOCS.glob("api/*.md"), *DOCS.glob("errors/*.md")])


def served(file: Path) -> str:
    return f"/docs/{file.parent.name}/{'' if file.stem == 'README' else file.stem}"


def test_every_page_that_is_written_is_served() -> None:
    assert set(reference.every()) == set(map(served, WRITTEN))
    assert {reference.PATH, reference.ERRORS} < set(reference.every())


@pytest.mark.parametrize("path", reference.every())
def test_every_link_leads_to_a_heading_of_a_page(path: str) -> None:
    links = re.findall(r'href="([^"]*)"', reference.read(path).body)
    assert links
    for link in links:
        page, _, heading = link.partition("#")
        if page != reference.DOCUMENT:
            target = reference.read(page or path).body
            assert not heading or f'id="{heading}"' in target, link
    assert ".md" not in "".join(links)
    ids = re.findall(r' id="([^"]*)"', reference.read(path).body)
    assert len({*ids, "main"}) == len(ids) + 1


def test_the_document_is_where_the_api_publishes_it() -> None:
    assert reference.DOCUMENT in {base + published.PATH for base in BASES}
    assert f'href="{reference.DOCUMENT}"' in reference.read(reference.PATH).body


def test_a_stranger_may_read(stranger: Browser, ada: User) -> None:
    page = stranger.get("/docs/api/whitelist")
    assert (page.status, page.heading) == (200, "Whitelist")
    assert ada.username not in page.html
    assert "API reference" in stranger.get("/sign-in").named("a")
    assert stranger.get("/docs/errors/TOO_EARLY").heading == "TOO_EARLY"


def test_one_who_is_signed_in_stays_so(browser: Browser, ada: User) -> None:
    page = browser.get(reference.PATH)
    assert page.heading == "The public API"
    assert ada.username in page.text
    assert "API reference" in browser.get("/settings/api-access").named("a")


@pytest.mark.parametrize(
    "path",
    [
        "/docs/api/nothing",
        "/docs/api/README",
        "/docs/api/whitelist.md",
        "/docs/api/openapi.json",
        "/docs/api/..",
        "/docs/api/../settings",
        "/docs/api/..%2Fsettings",
        "/docs/api/../errors/TOO_EARLY",
        "/docs/api//etc/passwd",
        "/docs/errors/too_early",
        "/docs/errors/TOO_EARLY/",
        "/docs/errors/TOO_EARLY\x00",
        "/docs/settings",
    ],
)
def test_no_other_name_leads_anywhere(stranger: Browser, path: str) -> None:
    page = stranger.send("GET", path)
    assert (page.status, page.heading) == (404, "This page does not exist")


def test_a_page_is_for_reading_only(stranger: Browser) -> None:
    shown, head = (stranger.send(method, "/docs/api/groups") for method in ("GET", "HEAD"))
    assert (head.status, head.html) == (200, "")
    assert head.header("content-length") == shown.header("content-length")
    assert shown.header("content-security-policy") == headers.POLICY
    for method in ("POST", "PUT", "DELETE"):
        refused = stranger.send(method, "/docs/api/groups")
        assert (refused.status, refused.header("allow")) == (405, "GET, HEAD")


def test_what_is_installed_has_its_pages(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(DOCS.parent)).build(directory=str(tmp_path), versions=["standard"])
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"keyreeve/reference/{file.relative_to(DOCS)}" for file in WRITTEN} <= names
