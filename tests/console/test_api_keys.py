import threading

from console.browser import Browser, Page, code
from console.conftest import CLI, Clock
from console.test_sign_in import guarded
from keyreeve.domain.user import User
from keyreeve.services import api_keys, step_up, users
from keyreeve.storage.database import Database

PATH = "/settings/api-access"


def generated(browser: Browser, description: str = "Backup") -> Page:
    browser.get(PATH)
    return browser.press("Generate", Description=description)


def shown(page: Page) -> str:
    return page.field("API key").get("value")


def keys(database: Database, user: User) -> list[str]:
    with database.snapshot() as s:
        return [key.description for key in s.api_keys.list(user.id)]


def test_a_key_is_shown_in_the_answer_that_makes_it_and_nowhere_else(
    browser: Browser, ada: User, database: Database
) -> None:
    page = generated(browser, "Nightly <b>backup</b>")
    secret = shown(page)

    assert secret.startswith("kr_")
    assert "readonly" in page.field("API key").attributes
    assert f"curl --digest --user ada@example.org:{secret} " in page.text
    assert "It is like a password: keep it secret" in page.text
    assert page.header("cache-control") == "no-store"
    (key,) = [e for e in page.root.all("meta") if e.get("name") == "keyreeve-here"]
    assert secret not in key.get("content")
    for path in (PATH, f"{PATH}?generate=1", "/", "/account"):
        assert secret not in browser.get(path).html
    assert keys(database, ada) == ["Nightly <b>backup</b>"]


def test_coming_back_to_a_shown_key_is_explained(
    browser: Browser, ada: User, database: Database
) -> None:
    page = generated(browser)
    (place,) = [e.get("data-once") for e in page.root.all("div") if e.get("data-once")]

    page = browser.get(place)

    (said,) = page.notices
    assert said.startswith("The key for Backup was shown once, and cannot be shown again.")
    with database.transaction() as t:
        for key in t.api_keys.list(ada.id):
            api_keys.delete(t, CLI, ada, key.id)
    assert browser.get(place).notices == []


def test_sent_twice_a_form_makes_one_key_and_says_so(
    browser: Browser, ada: User, database: Database
) -> None:
    browser.get(PATH)
    tab = browser.twin()
    secret = shown(browser.press("Generate", Description="Backup"))

    page = tab.press("Generate", Description="Backup")

    assert (page.status, page.heading) == (409, "This form was already sent")
    assert secret not in page.html
    assert keys(database, ada) == ["Backup"]


def test_sent_many_times_at_once_a_form_makes_one_key(
    browser: Browser, ada: User, database: Database
) -> None:
    browser.get(PATH)
    tabs = [browser.twin() for _ in range(8)]
    pages: list[Page] = []
    threads = [
        threading.Thread(
            target=lambda tab=tab: pages.append(tab.press("Generate", Description="x"))
        )
        for tab in tabs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(page.status for page in pages) == [200] + [409] * 7
    assert keys(database, ada) == ["x"]


def test_a_form_without_its_ticket_makes_nothing(
    browser: Browser, ada: User, database: Database
) -> None:
    browser.get(PATH)
    browser.submit("Generate", {"Description": "x"}, ticket="")
    assert keys(database, ada) == []


def test_a_bad_description_stays_in_its_field(browser: Browser) -> None:
    page = generated(browser, "   ")
    assert page.problems == ["It is empty."]

    page = browser.press("Generate", Description="x" * 256)
    assert page.problems == ["At most 255 characters."]
    assert page.field("Description").get("value") == "x" * 256

    assert shown(browser.press("Generate", Description="Backup"))


def test_the_eleventh_key_is_refused_in_a_sentence(
    browser: Browser, ada: User, database: Database
) -> None:
    with database.transaction() as t:
        for number in range(10):
            key, _ = api_keys.generate(t, CLI, ada, f"key {number}")
        api_keys.set_enabled(t, CLI, ada, key.id, enabled=False)

    page = generated(browser, "one too many")

    (problem,) = page.problems
    assert problem.startswith("The limit of 10 API keys is reached. Disabled keys count.")
    assert page.field("Description").get("value") == "one too many"
    assert "10 of 10 keys" in page.text


def test_a_second_factor_is_asked_for_and_the_description_is_kept(
    browser: Browser, ada: User, database: Database, clock: Clock
) -> None:
    secret = guarded(browser, clock)

    page = generated(browser, "Backup & more")
    assert keys(database, ada) == []
    assert "Authentication code" in page.text

    page = browser.press("Verify", Authentication_code="000000")
    assert page.problems == ["That code is not right. Take the one that your app shows now."]

    before = browser.cookies["keyreeve"]
    page = browser.press("Verify", Authentication_code=code(secret, clock.now.timestamp()))
    assert page.field("Description").get("value") == "Backup & more"
    assert browser.cookies["keyreeve"] != before

    assert shown(browser.press("Generate", Description="Backup & more"))
    assert keys(database, ada) == ["Backup & more"]


def test_a_code_opens_the_way_to_one_key_only(
    browser: Browser, ada: User, database: Database, clock: Clock
) -> None:
    secret = guarded(browser, clock)
    generated(browser)
    browser.press("Verify", Authentication_code=code(secret, clock.now.timestamp()))
    browser.press("Generate", Description="one")

    assert "Authentication code" in generated(browser, "two").text
    assert keys(database, ada) == ["one"]


def test_a_code_opens_the_way_for_five_minutes(
    browser: Browser, ada: User, database: Database, clock: Clock
) -> None:
    secret = guarded(browser, clock)
    generated(browser)
    browser.press("Verify", Authentication_code=code(secret, clock.now.timestamp()))
    clock.pass_(minutes=5)

    assert "Authentication code" in browser.press("Generate", Description="late").text
    assert keys(database, ada) == []


def test_a_code_for_something_else_opens_nothing(
    browser: Browser, ada: User, database: Database, clock: Clock
) -> None:
    guarded(browser, clock)
    with database.transaction() as t:
        (session,) = t.sessions.list(ada.id)
        step_up.grant(t, session, "second_factor.disable", ada.id)
        step_up.grant(t, session, "api_key.generate", "f" * 24)

    assert "Authentication code" in generated(browser).text
    assert keys(database, ada) == []


def test_nothing_is_asked_for_a_description_that_will_not_do(
    browser: Browser, clock: Clock
) -> None:
    guarded(browser, clock)
    assert generated(browser, "  ").problems == ["It is empty."]


def test_too_many_wrong_codes_take_none_for_a_while(browser: Browser, clock: Clock) -> None:
    secret = guarded(browser, clock)
    generated(browser)
    for _ in range(5):
        browser.press("Verify", Authentication_code="000000")

    page = browser.press("Verify", Authentication_code=code(secret, clock.now.timestamp()))

    assert page.status == 429
    assert page.problems == [
        "Too many wrong codes. No code is taken for a while; try again in a minute."
    ]
    assert page.form("Verify")[0].all("input")[2].get("value") == "Backup"


def test_a_key_is_disabled_enabled_and_deleted(
    browser: Browser, ada: User, database: Database
) -> None:
    generated(browser)
    browser.get(PATH)

    assert browser.press("Disable").notices == ["Backup is disabled. Calls with it are refused."]
    assert browser.press("Enable").notices == ["Backup is enabled."]
    assert browser.press("Delete").notices == ["Backup was deleted. Calls with it are refused."]
    assert keys(database, ada) == []


def test_a_key_deleted_in_another_tab_is_gone_in_a_sentence(browser: Browser) -> None:
    generated(browser)
    browser.get(PATH)
    tabs = [browser.twin() for _ in range(2)]
    browser.press("Delete")

    for tab, button in zip(tabs, ("Delete", "Disable"), strict=True):
        page = tab.press(button)
        assert page.notices == ["That key does not exist any more. Nothing was changed."]


def test_a_key_of_another_user_does_not_exist(browser: Browser, database: Database) -> None:
    with database.transaction() as t:
        eve = users.create(t, CLI, username="eve@example.org", first_name="E", last_name="V")
        key, _ = api_keys.generate(t, CLI, eve, "Eve's")
    for action in ("disable", "delete"):
        page = browser.post(f"{PATH}/keys/{key.id}/{action}", {"csrf": browser.page.token})
        assert page.notices == ["That key does not exist any more. Nothing was changed."]
    with database.snapshot() as s:
        assert s.api_keys.list(eve.id)[0].enabled
