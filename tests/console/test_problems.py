from console.browser import Browser
from keyreeve.domain.user import User


def test_a_page_that_does_not_exist_leads_home(stranger: Browser) -> None:
    page = stranger.get("/nowhere")
    assert (page.status, page.heading) == (404, "This page does not exist")
    assert page.named("a")["Go to the start page"].get("href") == "/"


def test_a_method_that_does_not_exist_names_those_that_do(stranger: Browser) -> None:
    page = stranger.send("DELETE", "/sign-in")
    assert (page.status, page.header("allow")) == (405, "GET, HEAD, POST")


def test_a_form_from_another_site_changes_nothing(browser: Browser) -> None:
    page = browser.post(
        "/account/sessions/end",
        {"csrf": browser.page.token},
        origin="https://evil.example",
        sec_fetch_site="cross-site",
    )
    assert (page.status, page.heading) == (403, "That did not come from here")
    assert browser.get("/account").heading == "Account"


def test_a_form_that_is_none_is_refused(browser: Browser) -> None:
    page = browser.post("/groups/new", {"csrf": browser.page.token}, content_type="text/plain")
    assert (page.status, page.heading) == (415, "This form cannot be read")

    page = browser.post("/groups/new", {"name": "x" * 100_000})
    assert page.status == 413


def test_a_stale_form_leads_back_to_what_was_typed(browser: Browser, ada: User) -> None:
    browser.get("/groups/new")
    page = browser.submit("Create group", {"Name": "Tides & more"}, csrf="stale")

    assert (page.status, page.heading) == (403, "This form is out of date")
    page = browser.get(page.named("a")["Back to the form"].get("href"))
    assert page.field("Name").get("value") == "Tides & more"
    assert ada.enabled
