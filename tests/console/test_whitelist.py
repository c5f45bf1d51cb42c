import pytest

from console.browser import ADDRESS, Browser, Page
from console.conftest import CLI
from keyreeve.domain.user import User
from keyreeve.domain.whitelist import LIMIT
from keyreeve.services import whitelists
from keyreeve.storage.database import Database

PATH = "/settings/api-access"


def added(browser: Browser, address: str, comment: str = "") -> Page:
    browser.get(f"{PATH}?add=1")
    return browser.submit("Save", {"IP address or CIDR": address, "Comment": comment})


def entries(database: Database, user: User) -> list[tuple[str, str]]:
    with database.snapshot() as s:
        return [(str(entry.network), entry.comment) for entry in s.whitelists.entries(user.id)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("198.51.100.7", "198.51.100.7"),
        (" 198.51.100.7 ", "198.51.100.7"),
        ("198.51.100.0/24", "198.51.100.0/24"),
        ("2001:DB8::/32", "2001:db8::/32"),
    ],
)
def test_an_address_or_a_range_is_added_with_its_comment(
    browser: Browser, ada: User, database: Database, typed: str, kept: str
) -> None:
    page = added(browser, typed, "Office")
    assert page.notices == [f"{kept} is on your whitelist."]
    assert entries(database, ada) == [(kept, "Office")]


def test_an_entry_that_is_there_stays_as_it_is(
    browser: Browser, ada: User, database: Database
) -> None:
    added(browser, ADDRESS, "first")
    page = added(browser, ADDRESS, "second")
    assert page.notices == [f"{ADDRESS} was on your whitelist already."]
    assert entries(database, ada) == [(ADDRESS, "first")]


def test_host_bits_are_refused_with_the_range_one_click_away(
    browser: Browser, ada: User, database: Database
) -> None:
    page = added(browser, "10.0.0.1/8", "Office & lab")

    assert page.problems == ["Bits are set behind the prefix. The range it lies in is 10.0.0.0/8."]
    assert page.field("IP address or CIDR").get("value") == "10.0.0.1/8"
    assert page.field("Comment").get("value") == "Office & lab"
    assert entries(database, ada) == []

    page = browser.get(page.named("a")["Use 10.0.0.0/8"].get("href"))
    assert page.field("IP address or CIDR").get("value") == "10.0.0.0/8"
    assert page.field("Comment").get("value") == "Office & lab"
    browser.press("Save")
    assert entries(database, ada) == [("10.0.0.0/8", "Office & lab")]


@pytest.mark.parametrize(
    "typed", ["", "010.0.0.1", "10.0.0.0/255.0.0.0", "fe80::1%eth0", "true", "٣.1.1.1"]
)
def test_what_is_no_address_stays_in_its_field(browser: Browser, typed: str) -> None:
    page = added(browser, typed)
    assert page.problems[0].startswith("That is no address or range: ")
    assert page.field("IP address or CIDR").get("value") == typed


def test_a_comment_too_long_stays_in_its_field(browser: Browser) -> None:
    page = added(browser, ADDRESS, "x" * 256)
    assert page.problems == ["At most 255 characters."]
    assert page.field("Comment").get("value") == "x" * 256


def test_lifting_the_restriction_warns(browser: Browser) -> None:
    page = added(browser, "0.0.0.0/0")
    assert page.notices == [
        "0.0.0.0/0 is on your whitelist. It removes the restriction: any address may call."
    ]


def test_a_full_whitelist_takes_no_more(browser: Browser, ada: User, database: Database) -> None:
    with database.transaction() as t:
        whitelists.add(t, CLI, ada, [(f"10.0.{n}.0/24", "") for n in range(LIMIT)])
    assert added(browser, ADDRESS).problems == [f"A whitelist holds at most {LIMIT} entries."]


def test_an_entry_is_deleted_and_can_be_put_back(
    browser: Browser, ada: User, database: Database
) -> None:
    added(browser, "198.51.100.7", "Office")
    page = browser.press("Delete")
    assert page.notices == ["198.51.100.7 was deleted from your whitelist."]
    assert entries(database, ada) == []

    browser.press("Undo")
    assert entries(database, ada) == [("198.51.100.7", "Office")]


def test_deleting_the_entry_that_covers_oneself_warns_before_and_after(browser: Browser) -> None:
    page = added(browser, ADDRESS)
    assert f"This entry covers your own address, {ADDRESS}." in page.text

    page = browser.press("Delete")
    assert page.notices == [
        f"{ADDRESS} was deleted. Your own address, {ADDRESS}, is not on your whitelist any more."
    ]


def test_it_does_not_warn_while_another_entry_covers_oneself(browser: Browser) -> None:
    added(browser, ADDRESS)
    added(browser, "203.0.113.0/24")
    page = browser.submit("Delete", {}, entry=ADDRESS)
    assert page.notices == [f"{ADDRESS} was deleted from your whitelist."]


def test_an_entry_deleted_in_another_tab_is_gone_in_a_sentence(browser: Browser) -> None:
    added(browser, "198.51.100.7")
    tab = browser.twin()
    browser.press("Delete")
    page = tab.press("Delete")
    assert page.notices == ["198.51.100.7 is not on your whitelist any more. Nothing was changed."]


def test_a_planted_entry_is_said_as_text(browser: Browser) -> None:
    added(browser, ADDRESS)
    page = browser.submit("Delete", {}, entry="<script>")
    assert page.notices == ["<script> is not on your whitelist any more. Nothing was changed."]
