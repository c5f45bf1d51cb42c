"""The throwaway installation of the demo."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from keyreeve import settings as rules
from keyreeve.app.edge import real
from keyreeve.cli import playground
from keyreeve.protocol import token
from keyreeve.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    settings = rules.load({"KEYREEVE_DATABASE_URL": f"sqlite:///{tmp_path / 'keyreeve.db'}"})
    opened = Database.open(settings, real())
    yield opened
    opened.close()


def test_everybody_has_a_key_and_a_place(database: Database) -> None:
    made = playground.furnish(database)
    assert len({person.key for person in made.people}) == 3
    assert all(token.is_well_formed(person.key) for person in made.people)
    with database.snapshot() as s:
        groups = {group.name: group.public_api_enabled for group in s.groups.list()}
        roles = [s.groups.roles(person.user.id, made.open_group) for person in made.people]
    assert groups == {"demo": True, "closed": False}
    assert roles == [{"GROUP_OWNER"}, {"GROUP_READ_ONLY"}, {"GROUP_OWNER"}]


def test_no_step_takes_settings_or_a_proxy_of_the_machine(database: Database) -> None:
    made = playground.furnish(database)
    steps = playground.steps(made, "http://127.0.0.1:1")
    steps += playground.guarded_steps(made, "http://127.0.0.1:2")
    assert {step.status for step in steps} == {200, 201, 204, 401, 403, 404}
    assert all(step.command.startswith("curl -q -sS --noproxy '*' ") for step in steps)
