"""The link of the first run: printed while there is no user."""

from dataclasses import replace

from keyreeve.app import first_run
from keyreeve.domain.audit import Actor
from keyreeve.services import setup, users
from keyreeve.settings import Settings
from keyreeve.storage.database import Database

URL = "http://127.0.0.1:8080"


def test_a_new_installation_has_a_link_and_the_newest_one_holds(
    embedded: Settings, opened: Database
) -> None:
    first, second = first_run.link(embedded, URL), first_run.link(embedded, URL)

    assert first is not None
    assert second is not None
    assert second.startswith(f"{URL}/setup?token=")
    with opened.transaction() as t:
        assert setup.exchange(t, first.partition("token=")[2]) is None
        assert setup.exchange(t, second.partition("token=")[2]) is not None


def test_the_link_is_the_one_that_people_can_reach(embedded: Settings, opened: Database) -> None:
    public = replace(embedded, public_url="https://keys.example.org/")
    link = first_run.link(public, URL)
    assert link is not None
    assert link.startswith("https://keys.example.org/setup?token=")
    assert opened.shared_counter


def test_with_a_user_there_is_none(embedded: Settings, opened: Database) -> None:
    with opened.transaction() as t:
        users.create(t, Actor("cli:root"), username="a@example.org", first_name="A", last_name="B")
    assert first_run.link(embedded, URL) is None
