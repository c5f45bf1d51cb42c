"""Every route of the console: what it demands, and that it does."""

import pytest

from console.browser import Browser
from console.conftest import CLI, PASSWORD, Clock
from console.test_sign_in import guarded
from keyreeve.api.described import OWN
from keyreeve.console import headers, permission
from keyreeve.console.application import ROUTES, Console
from keyreeve.console.routes import Route
from keyreeve.console.visit import Rule
from keyreeve.domain.edge import Edge
from keyreeve.domain.group import Group
from keyreeve.domain.user import User
from keyreeve.protocol import address
from keyreeve.protocol.forwarded import Walk
from keyreeve.services import api_keys, roles
from keyreeve.storage.database import Database

ANYONE, HALF, WHOLE = Rule("anyone"), Rule("half"), Rule("whole")
MEMBER, OWNER = Rule(role=permission.SEE_GROUP), Rule(role=permission.SET_PUBLIC_API)
STEP_UP = Rule(step_up="api_key.generate", once=True)

CENSUS = {
    "GET /": ANYONE,
    "GET /setup": ANYONE,
    "POST /setup": ANYONE,
    "GET /sign-in": ANYONE,
    "POST /sign-in": ANYONE,
    "GET /sign-in/code": HALF,
    "POST /sign-in/code": HALF,
    "POST /sign-out": ANYONE,
    "GET /groups/new": WHOLE,
    "POST /groups/new": WHOLE,
    "GET /settings": WHOLE,
    "GET /settings/group": WHOLE,
    "GET /groups/{group}": MEMBER,
    "GET /groups/{group}/settings": MEMBER,
    "POST /groups/{group}/public-api": OWNER,
    "GET /settings/api-access": WHOLE,
    "POST /settings/api-access": STEP_UP,
    "POST /settings/api-access/keys/verify": WHOLE,
    "POST /settings/api-access/keys/{key}/enable": WHOLE,
    "POST /settings/api-access/keys/{key}/disable": WHOLE,
    "POST /settings/api-access/keys/{key}/delete": WHOLE,
    "POST /settings/api-access/whitelist": WHOLE,
    "POST /settings/api-access/whitelist/delete": WHOLE,
    "GET /settings/explain": WHOLE,
    "GET /account": WHOLE,
    "POST /account": WHOLE,
    "POST /account/sessions/end": WHOLE,
    "POST /account/password": WHOLE,
    "POST /account/second-factor": WHOLE,
    "GET /account/second-factor": WHOLE,
    "POST /account/second-factor/disable": WHOLE,
    "GET /docs/api/": ANYONE,
    "GET /docs/api/{resource}": ANYONE,
    "GET /docs/errors/": ANYONE,
    "GET /docs/errors/{code}": ANYONE,
}
"""The whole of it: a new route is a new line here. Every POST needs the token of its form."""

CHANGING = [route for route in ROUTES if route.method == "POST"]
GUARDED = [route for route in ROUTES if route.rule.entry != "anyone"]


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


def path(route: Route, group: Group) -> str:
    names = {"group": group.id, "key": "5a" * 12, "resource": "groups", "code": "WEAK_PASSWORD"}
    return route.path.format_map(names)


def everything(database: Database) -> dict[str, list[object]]:
    """Return every row there is, but for when a session was last seen."""
    from keyreeve.storage.schema import metadata  # noqa: PLC0415 - for this one only

    with database.snapshot() as s:
        return {
            table.name: sorted(
                str({k: v for k, v in row._mapping.items() if k != "last_seen"})
                for row in s.connection.execute(table.select())
            )
            for table in metadata.sorted_tables
        }


def test_the_census_of_routes_is_whole() -> None:
    assert {named(route): route.rule for route in ROUTES} == CENSUS
    assert len(ROUTES) == len(CENSUS)
    assert {route.method for route in ROUTES} == {"GET", "POST"}


@pytest.mark.parametrize("route", CHANGING, ids=named)
def test_what_changes_something_demands_the_token_of_its_form(
    browser: Browser, weather: Group, database: Database, route: Route
) -> None:
    before = everything(database)
    for data in ({}, {"csrf": ""}, {"csrf": "wrong"}):
        # The forms of the way in are shown again, to one who is not in yet.
        page = browser.send("POST", path(route, weather), data=data)
        assert page.status == 403 or page.header("location") == "/"
    assert everything(database) == before


@pytest.mark.parametrize("route", CHANGING, ids=named)
def test_what_changes_something_is_sent_by_our_own_pages_only(
    browser: Browser, weather: Group, database: Database, route: Route
) -> None:
    before, token = everything(database), browser.page.token
    for foreign in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        page = browser.send("POST", path(route, weather), data={"csrf": token}, headers=foreign)
        assert page.status == 403
    assert everything(database) == before


@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_what_demands_a_session_leads_strangers_to_sign_in(
    stranger: Browser, weather: Group, database: Database, route: Route
) -> None:
    before = everything(database)
    stranger.get("/sign-in")
    data = {"csrf": stranger.page.token} if route.csrf else None
    page = stranger.send(route.method, path(route, weather), data=data)

    assert page.status == 303
    assert page.header("location").startswith("/sign-in")
    assert everything(database) == before


@pytest.mark.parametrize(
    "route", [route for route in GUARDED if route.rule.entry == "whole"], ids=named
)
def test_half_a_session_opens_nothing_but_its_own_step(
    browser: Browser, stranger: Browser, weather: Group, clock: Clock, route: Route
) -> None:
    guarded(browser, clock)
    stranger.sign_in("ada@example.org", PASSWORD)
    data = {"csrf": stranger.page.token} if route.csrf else None
    page = stranger.send(route.method, path(route, weather), data=data)

    assert page.status == 303
    assert page.header("location").startswith("/sign-in/code")


@pytest.mark.parametrize("route", [r for r in ROUTES if r.rule.role is not None], ids=named)
def test_a_role_is_demanded_where_a_group_is_named(
    browser: Browser, weather: Group, ada: User, database: Database, route: Route
) -> None:
    def status() -> int:
        data = {"csrf": browser.page.token, "enabled": "off"} if route.csrf else None
        return browser.send(route.method, path(route, weather), data=data).status

    changes = route.rule == OWNER
    assert status() in (200, 303)
    with database.transaction() as t:
        roles.grant(t, CLI, ada, weather, "GROUP_READ_ONLY")
        t.groups.revoke(ada.id, weather.id, "GROUP_OWNER")
    assert (status() == 403) == changes
    with database.transaction() as t:
        t.groups.revoke(ada.id, weather.id, "GROUP_READ_ONLY")
    assert status() == 404


@pytest.mark.parametrize("route", [r for r in ROUTES if r.rule.step_up is not None], ids=named)
def test_a_fresh_code_is_demanded_where_a_step_up_is(
    browser: Browser, weather: Group, clock: Clock, database: Database, route: Route
) -> None:
    guarded(browser, clock)
    token = browser.get("/").token
    before = everything(database)
    data = {"csrf": token, "ticket": "fresh", "description": "Backup"}
    page = browser.send("POST", path(route, weather), data=data)

    assert "Authentication code" in page.text
    assert everything(database) == before


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "GET"], ids=named)
def test_looking_changes_nothing(
    browser: Browser, weather: Group, ada: User, database: Database, route: Route
) -> None:
    with database.transaction() as t:
        api_keys.generate(t, CLI, ada, "Backup")
    before = everything(database)
    for method in ("GET", "HEAD"):
        assert browser.send(method, path(route, weather)).status in (200, 303, 403)
    assert everything(database) == before


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_every_answer_carries_what_protects_it(
    browser: Browser, weather: Group, route: Route
) -> None:
    data = {"csrf": browser.page.token} if route.csrf else None
    page = browser.send(route.method, path(route, weather), data=data)
    for name, value in headers.PAGE.items():
        assert page.header(name) == value
    assert page.header("location").startswith("/") or not page.header("location")


def test_over_https_cookies_are_bound_to_the_host(database: Database, edge: Edge) -> None:
    browser = Browser(Console(database, edge, public_url="https://keys.example.org/", own=OWN))
    browser.get("/")
    assert set(browser.cookies) == {"__Host-keyreeve-visit"}


def test_behind_a_proxy_the_caller_is_whom_the_doors_take_him_for(
    database: Database, edge: Edge, ada: User
) -> None:
    caller = address.parse_address("198.51.100.1")
    console = Console(
        database,
        edge,
        public_url="http://127.0.0.1:8080",
        own=OWN,
        caller=lambda _: Walk(caller, ()),
    )
    browser = Browser(console)
    browser.sign_in(ada.username, PASSWORD)
    assert "198.51.100.1" in browser.get("/settings/api-access?add=1").text


def test_an_address_is_the_peers_whatever_a_header_says(browser: Browser) -> None:
    page = browser.get("/settings/api-access?add=1", x_forwarded_for="198.51.100.1")
    assert "203.0.113.7" in page.text
    assert "198.51.100.1" not in page.text
