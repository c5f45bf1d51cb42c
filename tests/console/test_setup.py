import pytest

from console.browser import Browser
from console.conftest import CLI, Clock
from keyreeve.domain.errors import SetupOver
from keyreeve.domain.role import GLOBAL_OWNER
from keyreeve.services import setup, users
from keyreeve.storage.database import Database

TYPED = {
    "Email": "ada@example.org",
    "First name": "Ada",
    "Last name": "Lovelace",
    "Password": "correct horse",
}
OVER = "This link does not work any more"


def link(database: Database) -> str:
    with database.transaction() as t:
        return f"/setup?token={setup.link(t)}"


def test_before_the_first_user_the_start_page_tells_of_the_link(stranger: Browser) -> None:
    assert stranger.get("/").heading == "Almost there"


def test_the_link_makes_the_first_owner_and_a_group(stranger: Browser, database: Database) -> None:
    page = stranger.get(link(database))
    assert page.path == "/setup"

    page = stranger.submit("Create account", TYPED)

    assert page.heading == "Hello, Ada"
    with database.snapshot() as s:
        (user,) = s.users.list()
        (group,) = s.groups.list()
        assert user.global_roles == {GLOBAL_OWNER}
        assert s.groups.owners(group.id) == (user.id,)
    assert set(stranger.cookies) == {"keyreeve"}


def test_the_link_works_once(stranger: Browser, database: Database) -> None:
    path = link(database)
    stranger.get(path)
    assert stranger.twin().get("/setup").heading == "Welcome to Keyreeve"

    other = stranger.twin()
    other.cookies = {}
    assert other.get(path).heading == OVER
    assert other.get("/setup").heading == OVER


def test_the_link_works_for_an_hour(stranger: Browser, database: Database, clock: Clock) -> None:
    path = link(database)
    clock.pass_(minutes=60)
    assert stranger.get(path).heading == OVER


def test_so_does_the_form(stranger: Browser, database: Database, clock: Clock) -> None:
    stranger.get(link(database))
    clock.pass_(minutes=60)
    assert stranger.submit("Create account", TYPED).heading == OVER


def test_the_link_dies_with_the_first_user_however_made(
    stranger: Browser, database: Database
) -> None:
    stranger.get(link(database))
    with database.transaction() as t:
        users.create(t, CLI, username="eve@example.org", first_name="E", last_name="V")

    assert stranger.submit("Create account", TYPED).heading == OVER
    with database.snapshot() as s:
        assert s.users.count() == 1
    with pytest.raises(SetupOver), database.transaction() as t:
        setup.link(t)


def test_every_fault_is_named_at_its_field_and_what_was_typed_stays(
    stranger: Browser, database: Database
) -> None:
    stranger.get(link(database))
    page = stranger.submit(
        "Create account",
        {"Email": "ada", "First name": " ", "Last name": "Lovelace", "Password": "short"},
    )

    assert page.problems == [
        "An e-mail address is needed.",
        "It is empty.",
        "At least 8 characters.",
    ]
    assert page.field("Email").get("value") == "ada"
    assert page.field("Last name").get("value") == "Lovelace"
    assert page.field("Password").get("value") == ""

    assert stranger.submit("Create account", TYPED).heading == "Hello, Ada"


def test_a_login_whose_accents_are_not_composed_is_refused_at_its_field(
    stranger: Browser, database: Database
) -> None:
    stranger.get(link(database))
    page = stranger.submit("Create account", TYPED | {"Email": "ada\u0301@example.org"})
    assert page.problems == ["Its accents must be composed (Unicode NFC)."]


def test_a_form_kept_open_for_too_long_keeps_what_was_typed(
    stranger: Browser, database: Database
) -> None:
    stranger.get(link(database))
    page = stranger.submit("Create account", TYPED, csrf="stale")

    assert page.status == 403
    assert page.field("First name").get("value") == "Ada"
    assert stranger.submit("Create account", TYPED).heading == "Hello, Ada"
