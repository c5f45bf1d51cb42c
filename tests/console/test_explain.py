"""The page that explains: a call that is described, and a decision that was made."""

import pytest

from console.browser import ADDRESS, Browser, Page
from console.conftest import CLI, PASSWORD
from keyreeve.api.described import OWN
from keyreeve.console.application import Console
from keyreeve.domain.edge import Edge
from keyreeve.domain.group import Group
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.user import User
from keyreeve.protocol import address
from keyreeve.protocol.forwarded import Hop, Rule, Walk
from keyreeve.services import api_keys, catalogue, groups, roles, users, whitelists
from keyreeve.storage.database import Database
from keyreeve.storage.records import AccessRecord, Batch

PATH = "/settings/explain"
DECISION = "d" * 24
CANONICAL = (
    "A path starts with one slash, holds no empty, . or .. segment, and escapes only what must be."
)
JOBS = (
    Operation("job.list", "GET", "/jobs", group=Named("x-group", source="header")),
    Operation("job.drop", "DELETE", "/jobs", whitelisted=True),
    Operation("theirs", "GET", "/api/public/v1.0/groups", whitelisted=True),
)


@pytest.fixture
def weather(weather: Group, ada: User, database: Database) -> Group:
    """The group of Ada, open, and a key of hers."""
    with database.transaction() as t:
        api_keys.generate(t, CLI, ada, "Backup")
        catalogue.replace(t, CLI, JOBS)
        return groups.set_public_api(t, CLI, weather, enabled=True)


def replies(page: Page) -> dict[str, str]:
    """Return the trace of a page: the reply of each rule."""
    rows = [row for row in page.root.all("tr") if row.all("td")]
    return {row.all("th")[0].text.split()[0]: row.all("td")[0].text for row in rows}


def facts(page: Page) -> dict[str, str]:
    return {
        div.all("dt")[0].text: div.all("dd")[0].text
        for div in page.root.all("div")
        if div.all("dt")
    }


def result(page: Page) -> str:
    return page.root.all("h2")[0].text


def bob(database: Database, group: Group, role: str = "GROUP_READ_ONLY") -> User:
    with database.transaction() as t:
        made = users.create(
            t, CLI, username="bob@example.org", first_name="B", last_name="B",
            password=users.hashed(PASSWORD),
        )  # fmt: skip
        roles.grant(t, CLI, made, group, role)
    return made


def test_the_form_describes_a_call_from_here_and_its_answer_is_the_trace(
    browser: Browser, weather: Group
) -> None:
    page = browser.get(PATH)
    assert page.field("From address").get("value") == ADDRESS
    assert page.field("Path").get("value") == f"/api/public/v1.0/groups/{weather.id}"
    page = browser.press("Explain")
    assert result(page) == "Allowed"
    assert replies(page)["5"] == "Yes"
    assert replies(page)["8"] == "Does not apply"
    assert facts(page)["Operation"] == "group.get"


def test_the_first_no_is_told_with_what_the_caller_would_get(
    browser: Browser, weather: Group
) -> None:
    browser.get(PATH)
    page = browser.press("Explain", Method="DELETE")
    assert (result(page), replies(page)["7"], replies(page)["8"]) == (
        "Refused by rule 7", "No", "Not asked",
    )  # fmt: skip
    assert facts(page)["Answer"] == "403 RESOURCE_REQUIRES_WHITELIST"
    assert page.field("Method").get("value") == "DELETE"
    assert weather.name in page.text


@pytest.mark.usefixtures("weather")
def test_calls_of_the_guarded_api_are_explained_too(
    browser: Browser, weather: Group, ada: User, database: Database
) -> None:
    browser.get(PATH)
    page = browser.press("Explain", Path="/jobs", Header=f"X-Group: {weather.id}")
    assert (result(page), facts(page)["API"]) == ("Allowed", "The guarded API")
    page = browser.press("Explain", Path="/jobs", Header="")
    assert facts(page)["Answer"] == "404 GROUP_NOT_FOUND, from the gate 403"
    page = browser.press("Explain", Path="/jobs", Method="DELETE")
    assert result(page) == "Refused by rule 7"
    with database.transaction() as t:
        whitelists.add(t, CLI, ada, [(ADDRESS, "")])
    page = browser.press("Explain", Path="/jobs", Method="DELETE")
    assert result(page) == "Allowed"
    page = browser.press("Explain", Path="/jobs", Method="PUT")
    assert facts(page)["Known methods"] == "DELETE, GET, HEAD"


def test_a_group_that_is_only_observed_is_told(
    browser: Browser, weather: Group, database: Database
) -> None:
    named = {"Path": "/jobs", "Header": f"X-Group: {weather.id}"}
    with database.transaction() as t:
        groups.set_public_api(t, CLI, weather, enabled=False)
    browser.get(PATH)
    assert "Observed" not in facts(browser.submit("Explain", named))
    with database.transaction() as t:
        groups.set_mode(t, CLI, weather, observed=True)
    page = browser.submit("Explain", named)
    assert result(page) == "Refused by rule 4"
    assert facts(page)["Observed"].startswith("This group is only observed")


@pytest.mark.usefixtures("weather")
def test_a_path_that_both_apis_have_can_be_judged_by_either(browser: Browser) -> None:
    browser.get(PATH)
    page = browser.press("Explain", Path="/api/public/v1.0/groups")
    assert facts(page)["Operation"] == "group.list"
    page = browser.get(page.named("a")["Judge it as a call of the guarded api"].get("href"))
    assert facts(page)["Operation"] == "theirs"
    assert page.field("Path").get("value") == "/api/public/v1.0/groups"


@pytest.mark.usefixtures("weather")
@pytest.mark.parametrize(
    ("label", "typed", "problem"),
    [
        ("Method", "GE T", "A method is one word, such as GET."),
        ("Path", "a/../b", CANONICAL),
        ("From address", "10.0.0.256", "It is no IP address."),
        ("Header", "X-Group", "A header is written NAME: VALUE."),
    ],
)
def test_what_describes_no_call_is_told_at_its_field(
    browser: Browser, label: str, typed: str, problem: str
) -> None:
    browser.get(PATH)
    page = browser.submit("Explain", {label: typed})
    assert page.problems == [problem]
    assert page.field(label).get("value") == typed


def test_each_hop_of_the_visitors_own_address_is_shown(
    database: Database, edge: Edge, ada: User
) -> None:
    hops = (Hop("10.0.0.1", Rule.TRUSTED), Hop("198.51.100.1", Rule.CALLER))
    walk = Walk(address.parse_address("198.51.100.1"), hops)
    console = Console(
        database, edge, public_url="http://127.0.0.1:8080", own=OWN, caller=lambda _: walk
    )
    browser = Browser(console)
    browser.sign_in(ada.username, PASSWORD)
    page = browser.get(PATH)
    assert facts(page)["10.0.0.1"] == Rule.TRUSTED.value
    assert facts(page)["198.51.100.1"] == Rule.CALLER.value


def kept(database: Database, user: User, group: Group) -> None:
    now, caller = database.edge.now(), address.parse_address(ADDRESS)
    row = AccessRecord(
        DECISION, now, "job.drop", "DELETE", "/jobs", "deny", "WHITELIST_EMPTY", "7",
        user_id=user.id, username=user.username, address=caller, group_id=group.id,
        hops="10.0.0.9=trusted;=junk",
    )  # fmt: skip
    database.records.write(Batch(rows=[row]))


def test_a_decision_is_looked_up_by_its_id(
    browser: Browser, weather: Group, ada: User, database: Database
) -> None:
    kept(database, ada, weather)
    browser.get(PATH)
    page = browser.press("Look up", Decision_ID=f" {DECISION} ")
    assert result(page) == "Was refused by rule 7"
    assert (replies(page)["6"], replies(page)["7"]) == ("Yes", "No")
    assert facts(page)["Operation"] == "job.drop"
    assert facts(page)["10.0.0.9"] == Rule.TRUSTED.value
    assert facts(page)["no address"] == Rule.JUNK.value
    assert facts(page)["Whitelisted"] == "yes"
    assert facts(page)["Group ID"] == weather.id
    assert page.field("Decision ID").get("value") == DECISION


def test_a_decision_of_others_and_none_at_all_are_told_alike(
    stranger: Browser, weather: Group, ada: User, database: Database
) -> None:
    kept(database, ada, weather)
    other = bob(database, weather)
    stranger.sign_in(other.username, PASSWORD)
    texts = set()
    for wanted in (DECISION, "e" * 24, "x", "D" * 24, "\x00"):
        stranger.get(PATH)
        page = stranger.press("Look up", Decision_ID=wanted)
        texts.update(page.problems)
    assert texts == {"There is no such decision, or it is not yours to read."}
    with database.transaction() as t:
        roles.grant(t, CLI, other, weather, "GROUP_OWNER")
    assert result(stranger.press("Look up", Decision_ID=DECISION)) == "Was refused by rule 7"


def test_an_owner_asks_about_members_and_nobody_else_does(
    browser: Browser, stranger: Browser, weather: Group, ada: User, database: Database
) -> None:
    other = bob(database, weather)
    browser.get(PATH)
    page = browser.press("Explain", User=other.username, Method="DELETE")
    assert result(page) == "Refused by rule 6"
    assert replies(page)["1"] == "Supposed"
    stranger.sign_in(other.username, PASSWORD)
    stranger.get(PATH)
    for name in (ada.username, ada.id, "nobody@example.org"):
        (problem,) = stranger.press("Explain", User=name).problems
        assert problem.startswith("You can ask about others only where you are an Owner")


def test_the_whitelist_of_another_is_not_told(
    browser: Browser, weather: Group, database: Database
) -> None:
    other = bob(database, weather, "GROUP_OWNER")
    pages = set()
    for _ in range(2):
        browser.get(PATH)
        page = browser.press("Explain", User=other.username, Method="DELETE")
        assert result(page) == "Up to the whitelist"
        assert (replies(page)["7"], replies(page)["8"]) == ("His own to know", "His own to know")
        assert "Answer" not in facts(page)
        pages.add(page.html)
        with database.transaction() as t:
            whitelists.add(t, CLI, other, [(ADDRESS, "")])
    assert len(pages) == 1
