import re

from console.browser import Browser, code
from console.conftest import PASSWORD, Clock
from console.test_sign_in import guarded
from keyreeve.domain.user import User
from keyreeve.services import second_factors
from keyreeve.storage.database import Database

PATH = "/account/second-factor"


def begun(browser: Browser) -> str:
    browser.get("/account")
    page = browser.press("Set up second factor")
    (secret,) = [e.text for e in page.root.all("p") if "secret" in e.get("class")]
    return secret


def confirmed(browser: Browser, secret: str, clock: Clock) -> list[str]:
    page = browser.press("Verify", Authentication_code=code(secret, clock.now.timestamp()))
    return [e.text for e in page.root.all("li")] if "second factor is on" in page.text else []


def test_the_secret_is_drawn_and_written_in_groups_of_four(browser: Browser) -> None:
    secret = begun(browser)
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", secret)
    assert len(browser.page.root.all("svg")) > 1
    assert "style=" not in browser.page.html


def test_a_reload_shows_the_same_secret(browser: Browser) -> None:
    secret = begun(browser)
    browser.get(PATH)
    assert secret in browser.page.text


def test_a_first_code_turns_it_on_and_shows_ten_recovery_codes_once(
    browser: Browser, ada: User, database: Database, clock: Clock
) -> None:
    secret = begun(browser)
    with database.snapshot() as s:
        assert second_factors.enabled(s, ada) is None

    old = browser.cookies["keyreeve"]
    codes = confirmed(browser, secret, clock)

    assert len(set(codes)) == 10
    assert browser.cookies["keyreeve"] != old
    with database.snapshot() as s:
        assert second_factors.enabled(s, ada) is not None
    for path in (PATH, "/account", "/account?shown=1"):
        html = browser.get(path).html
        assert codes[0] not in html
        assert secret not in html


def test_a_wrong_first_code_turns_nothing_on(
    browser: Browser, ada: User, database: Database
) -> None:
    secret = begun(browser)
    page = browser.press("Verify", Authentication_code="000000")

    assert page.problems == ["That code is not right. Take the one that your app shows now."]
    assert secret in page.text
    with database.snapshot() as s:
        assert second_factors.enabled(s, ada) is None


def test_a_recovery_code_signs_in_once(
    browser: Browser, stranger: Browser, ada: User, clock: Clock
) -> None:
    codes = confirmed(browser, begun(browser), clock)
    for heading in ("Hello, Ada", "One more step"):
        stranger.cookies.clear()
        stranger.sign_in(ada.username, PASSWORD)
        page = stranger.press("Verify", Authentication_code=codes[0].lower())
        assert page.heading == heading


def test_a_code_turns_it_off(browser: Browser, ada: User, database: Database, clock: Clock) -> None:
    secret = guarded(browser, clock)
    browser.get("/account")
    page = browser.press("Disable")
    assert [e.get("id") for e in page.root.all("dialog") if "open" in e.attributes] == ["disable"]

    page = browser.press("Verify", Authentication_code=code(secret, clock.now.timestamp()))

    assert page.notices == ["The second factor is off."]
    with database.snapshot() as s:
        assert second_factors.enabled(s, ada) is None


def test_a_wrong_code_does_not(
    browser: Browser, ada: User, database: Database, clock: Clock
) -> None:
    guarded(browser, clock)
    browser.get("/account?disable=1")
    page = browser.press("Verify", Authentication_code="000000")

    assert page.problems == ["That code is not right. Take the one that your app shows now."]
    assert "open" in page.root.all("dialog")[0].attributes
    with database.snapshot() as s:
        assert second_factors.enabled(s, ada) is not None


def test_it_is_not_begun_twice(browser: Browser, clock: Clock) -> None:
    browser.get("/account")
    tab = browser.twin()
    guarded(browser, clock)
    tab.cookies = browser.cookies

    page = tab.submit("Set up second factor", {}, csrf=browser.get("/account").token)

    assert page.notices == ["The second factor is on already."]


def test_without_one_begun_there_is_nothing_to_show(browser: Browser) -> None:
    assert browser.get(PATH).heading == "Account"
