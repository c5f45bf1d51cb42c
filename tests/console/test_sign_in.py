import pytest

from console.browser import Browser, code
from console.conftest import CLI, PASSWORD, Clock
from keyreeve.domain.user import User
from keyreeve.services import sessions, users
from keyreeve.storage.database import Database

WRONG = "That email and password do not belong together. Check both, and try again."


def guarded(browser: Browser, clock: Clock) -> str:
    """Set up a second factor; return its secret, with a fresh code to come."""
    browser.get("/account")
    page = browser.press("Set up second factor")
    (secret,) = [e.text for e in page.root.all("p") if "secret" in e.get("class")]
    browser.press("Verify", Authentication_code=code(secret, clock.now.timestamp()))
    clock.pass_(seconds=60)
    return secret


def test_the_right_password_signs_in(stranger: Browser, ada: User) -> None:
    assert stranger.sign_in(ada.username, PASSWORD).heading == "Hello, Ada"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.org", "wrong horse"),
        ("eve@example.org", PASSWORD),
        ("ada@example.org", ""),
        ("", ""),
        ("ada@example.org", "x" * 5000),
    ],
)
@pytest.mark.usefixtures("ada")
def test_every_wrong_pair_gets_the_same_sentence_and_the_email_stays(
    stranger: Browser, email: str, password: str
) -> None:
    page = stranger.sign_in(email, password)

    assert page.notices == [WRONG]
    assert page.field("Email").get("value") == email
    assert page.field("Password").get("value") == ""
    assert "keyreeve" not in stranger.cookies


def test_a_disabled_user_gets_that_sentence_too(
    stranger: Browser, ada: User, database: Database
) -> None:
    with database.transaction() as t:
        users.disable(t, CLI, ada)
    assert stranger.sign_in(ada.username, PASSWORD).notices == [WRONG]


def test_tries_are_counted_before_any_password_is_looked_at(
    stranger: Browser, ada: User, clock: Clock
) -> None:
    for _ in range(5):
        stranger.sign_in(ada.username, "wrong horse")

    page = stranger.sign_in(ada.username, PASSWORD)

    assert page.status == 429
    assert page.notices == [
        "Too many attempts failed. Sign-in is paused for a while; try again in a minute."
    ]
    clock.pass_(minutes=5)
    assert stranger.sign_in(ada.username, PASSWORD).heading == "Hello, Ada"


def test_each_sign_in_has_a_secret_of_its_own(stranger: Browser, ada: User) -> None:
    stranger.cookies["keyreeve"] = "planted"
    stranger.sign_in(ada.username, PASSWORD)
    first = stranger.cookies["keyreeve"]
    stranger.press("Sign out")
    stranger.sign_in(ada.username, PASSWORD)

    assert len({"planted", first, stranger.cookies["keyreeve"]}) == 3


def test_a_browser_has_one_session_at_a_time(
    browser: Browser, database: Database, ada: User
) -> None:
    token = browser.page.token
    browser.post("/sign-in", {"csrf": token, "email": ada.username, "password": PASSWORD})
    with database.snapshot() as s:
        assert len(sessions.list(s, ada, database.edge)) == 1


def test_a_second_tab_finds_itself_signed_in(stranger: Browser, ada: User) -> None:
    stranger.get("/sign-in")
    tab = stranger.twin()
    stranger.press("Sign in", Email=ada.username, Password=PASSWORD)

    assert tab.press("Sign in", Email=ada.username, Password="wrong").heading == "Hello, Ada"


def test_after_signing_in_one_is_where_one_wanted_to_be(stranger: Browser, ada: User) -> None:
    page = stranger.get("/account")
    assert page.path == "/sign-in?after=%2Faccount"
    assert page.notices == []
    assert stranger.press("Sign in", Email=ada.username, Password=PASSWORD).heading == "Account"


def test_nobody_is_led_to_another_site(stranger: Browser, ada: User) -> None:
    stranger.get("/sign-in?after=https://evil.example/")
    page = stranger.press("Sign in", Email=ada.username, Password=PASSWORD)
    assert page.path == "/"


def test_a_second_factor_makes_half_a_session_first(
    browser: Browser, stranger: Browser, ada: User, clock: Clock
) -> None:
    secret = guarded(browser, clock)

    page = stranger.sign_in(ada.username, PASSWORD)
    half = stranger.cookies["keyreeve"]
    assert page.heading == "One more step"
    assert stranger.get("/account").heading == "One more step"

    page = stranger.press("Verify", Authentication_code=code(secret, clock.now.timestamp()))

    assert page.heading == "Account"
    assert stranger.cookies["keyreeve"] != half


def test_a_code_signs_in_once(browser: Browser, stranger: Browser, ada: User, clock: Clock) -> None:
    secret = guarded(browser, clock)
    now = code(secret, clock.now.timestamp())
    stranger.sign_in(ada.username, PASSWORD)
    stranger.press("Verify", Authentication_code=now)
    stranger.press("Sign out")

    stranger.sign_in(ada.username, PASSWORD)
    page = stranger.press("Verify", Authentication_code=now)

    assert page.problems == [
        "That code was used already. Wait for the next one; it comes within 30 seconds."
    ]
    assert stranger.get("/account").heading == "One more step"


def test_half_a_session_does_not_wait_for_ever(
    browser: Browser, stranger: Browser, ada: User, clock: Clock
) -> None:
    secret = guarded(browser, clock)
    stranger.sign_in(ada.username, PASSWORD)
    clock.pass_(minutes=11)

    page = stranger.press("Verify", Authentication_code=code(secret, clock.now.timestamp()))

    assert page.heading == "Sign in"
    assert page.notices == ["Your session has ended. Sign in to go on where you were."]


def test_signing_out_ends_the_session_itself(browser: Browser) -> None:
    kept = dict(browser.cookies)
    page = browser.press("Sign out")
    assert page.notices == ["You are signed out."]

    browser.cookies = kept
    assert browser.get("/account").heading == "Sign in"


def test_a_session_ends_when_left_alone(browser: Browser, clock: Clock) -> None:
    for _ in range(3):
        clock.pass_(minutes=29)
        assert browser.get("/account").heading == "Account"
    clock.pass_(minutes=30)
    assert browser.get("/account").heading == "Sign in"


def test_a_session_ends_after_twelve_hours_in_any_case(browser: Browser, clock: Clock) -> None:
    for _ in range(12 * 3 - 1):
        clock.pass_(minutes=20)
        assert browser.get("/account").heading == "Account"
    clock.pass_(minutes=20)
    assert browser.get("/account").heading == "Sign in"


def test_a_form_kept_open_for_another_session_is_shown_again(stranger: Browser, ada: User) -> None:
    stranger.get("/sign-in")
    stranger.cookies.clear()
    page = stranger.press("Sign in", Email=ada.username, Password=PASSWORD)

    assert page.status == 403
    assert page.field("Email").get("value") == ada.username
    assert stranger.press("Sign in", Email=ada.username, Password=PASSWORD).heading == "Hello, Ada"


def test_one_who_is_signed_in_needs_no_form(browser: Browser) -> None:
    assert browser.get("/sign-in?after=/account").heading == "Account"
