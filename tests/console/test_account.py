from console.browser import ADDRESS, Browser
from console.conftest import PASSWORD, Clock
from console.test_sign_in import guarded
from keyreeve.domain.user import User


def test_the_account_says_whose_it_is_and_where_it_is_open(
    browser: Browser, stranger: Browser, ada: User, clock: Clock
) -> None:
    clock.pass_(minutes=5)
    stranger.sign_in(ada.username, PASSWORD)
    clock.pass_(minutes=5)

    page = browser.get("/account")

    assert "Ada Lovelace , ada@example.org" in page.text
    rows = [row.text for row in page.root.all("tr")][1:]
    assert f"Firefox on Linux This one {ADDRESS} 10 minutes ago just now" in rows
    assert f"Another browser {ADDRESS} 5 minutes ago 5 minutes ago" in rows


def test_signing_out_everywhere_ends_every_session(
    browser: Browser, stranger: Browser, ada: User
) -> None:
    stranger.sign_in(ada.username, PASSWORD)
    browser.get("/account")
    kept = dict(browser.cookies)

    page = browser.press("Sign out everywhere")

    assert page.notices == ["You are signed out everywhere."]
    browser.cookies = kept
    for other in (browser, stranger):
        assert other.get("/account").heading == "Sign in"


def test_a_second_factor_says_since_when_and_how_many_codes_are_left(
    browser: Browser, clock: Clock
) -> None:
    assert "Set up second factor" in browser.get("/account").named("button")
    guarded(browser, clock)

    page = browser.get("/account")

    assert "On since 1 minute ago" in page.text
    assert "10 of 10 recovery codes are left." in page.text
    assert "Disable" in page.named("button")


def test_coming_back_to_recovery_codes_is_explained(browser: Browser, clock: Clock) -> None:
    assert browser.get("/account?shown=1").notices == []
    guarded(browser, clock)
    (said,) = browser.get("/account?shown=1").notices
    assert said.startswith("The recovery codes were shown once")
