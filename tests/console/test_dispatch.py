import pytest

from console.browser import HOST, Browser
from console.conftest import PASSWORD, Clock
from keyreeve.domain.user import User
from keyreeve.storage.database import Database

ENDED = "Your session has ended. Sign in to go on where you were."


def test_a_page_asked_for_by_a_stranger_is_shown_after_signing_in(
    stranger: Browser, ada: User
) -> None:
    stranger.get("/settings/api-access?add=1&address=10.0.0.1")
    page = stranger.press("Sign in", Email=ada.username, Password=PASSWORD)
    assert page.field("IP address or CIDR").get("value") == "10.0.0.1"


def test_nothing_typed_is_lost_when_a_session_ends(
    browser: Browser, ada: User, database: Database, clock: Clock
) -> None:
    browser.get("/settings/api-access")
    clock.pass_(minutes=31)

    page = browser.press("Generate", Description="Nightly & more")

    assert (page.heading, page.notices) == ("Sign in", [ENDED])
    page = browser.press("Sign in", Email=ada.username, Password=PASSWORD)
    assert page.field("Description").get("value") == "Nightly & more"
    with database.snapshot() as s:
        assert s.api_keys.list(ada.id) == ()


def test_a_form_sent_after_signing_out_elsewhere_leads_to_sign_in(browser: Browser) -> None:
    browser.get("/groups/new")
    tab = browser.twin()
    browser.press("Sign out")
    page = tab.press("Create group", Name="Tides")
    assert (page.heading, page.notices) == ("Sign in", [ENDED])


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": f"https://{HOST}.evil.example"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_the_right_token_from_another_site_changes_nothing(
    browser: Browser, headers: dict[str, str], database: Database
) -> None:
    page = browser.post("/groups/new", {"csrf": browser.page.token, "name": "Tides"}, **headers)
    assert page.status == 403
    with database.snapshot() as s:
        assert s.groups.by_name("Tides") is None


def test_the_token_of_another_session_changes_nothing(
    browser: Browser, stranger: Browser, ada: User, database: Database
) -> None:
    stranger.sign_in(ada.username, PASSWORD)
    page = browser.post("/groups/new", {"csrf": stranger.page.token, "name": "Tides"})
    assert page.status == 403
    with database.snapshot() as s:
        assert s.groups.by_name("Tides") is None
