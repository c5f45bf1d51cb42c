from console.browser import Browser
from console.conftest import PASSWORD, Clock
from keyreeve.domain.user import User

NEW = "battery staple"


def changed(browser: Browser, current: str, new: str) -> list[str]:
    browser.get("/account")
    page = browser.press("Change password", Current_password=current, New_password=new)
    return page.notices or page.problems


def test_a_changed_password_is_the_only_one(browser: Browser, stranger: Browser, ada: User) -> None:
    said = changed(browser, PASSWORD, NEW)

    assert said == ["Your password is changed. Your other sessions have ended."]
    assert stranger.sign_in(ada.username, PASSWORD).heading == "Sign in"
    assert stranger.sign_in(ada.username, NEW).heading == "Hello, Ada"


def test_all_other_sessions_end_and_this_one_gets_a_new_secret(
    browser: Browser, stranger: Browser, ada: User
) -> None:
    stranger.sign_in(ada.username, PASSWORD)
    old = browser.cookies["keyreeve"]
    changed(browser, PASSWORD, NEW)

    assert stranger.get("/account").heading == "Sign in"
    assert browser.get("/account").heading == "Account"
    assert browser.cookies["keyreeve"] != old


def test_the_wrong_password_changes_nothing(browser: Browser, stranger: Browser, ada: User) -> None:
    assert changed(browser, "wrong horse", NEW) == ["That is not your current password."]
    assert stranger.sign_in(ada.username, PASSWORD).heading == "Hello, Ada"


def test_a_short_one_is_refused_at_its_field(browser: Browser) -> None:
    assert changed(browser, PASSWORD, "short") == ["At least 8 characters."]


def test_no_password_is_sent_back(browser: Browser) -> None:
    changed(browser, "wrong horse", NEW)
    assert "wrong horse" not in browser.page.html
    assert NEW not in browser.page.html


def test_guesses_are_counted_as_those_of_sign_in_are(browser: Browser, clock: Clock) -> None:
    for _ in range(4):
        changed(browser, "wrong horse", NEW)
    said = [changed(browser, "wrong horse", NEW), changed(browser, PASSWORD, NEW)]

    assert said[1] == ["Too many wrong passwords. Try again in a minute."]
    clock.pass_(minutes=5)
    assert changed(browser, PASSWORD, NEW)[0].startswith("Your password is changed.")
