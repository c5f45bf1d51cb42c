"""What a report proposes can be copied, and says first what it opens."""

import yaml

from keyreeve.cli import snippets
from keyreeve.domain import openapi
from keyreeve.domain.discovered import Discovered
from keyreeve.services.proposals import Proposal


def test_a_command_stands_below_what_it_opens() -> None:
    told = list(snippets.commands([Proposal("8", "Do it.", "keyreeve x", "much", 2)]))
    assert told[-3:] == ["# Do it. (2 calls)", "# OPENS much.", "keyreeve x"]


def test_what_is_drastic_is_no_command_until_somebody_makes_it_one() -> None:
    drastic = Proposal("6", "Do it.", "keyreeve x", "ALL", 1, drastic=True)
    assert list(snippets.commands([drastic]))[-3:] == [
        "# Do it. (1 call)", "# OPENS ALL.", "# keyreeve x",
    ]  # fmt: skip


def test_advice_may_stand_alone() -> None:
    told = list(snippets.commands([Proposal("", "Do it.", None, None, 1)]))
    assert told[-1] == "# Do it. (1 call)"


def test_the_paths_are_yaml_that_can_be_imported() -> None:
    found = [
        Discovered("/a/{id}/{id2}", "delete", ("id", "id2"), 1, 1),
        Discovered("/a/{id}/{id2}", "get", ("id", "id2"), 5, 0),
        Discovered('/b"\\:', "get", (), 1, 1),
    ]
    text = "\n".join(snippets.paths(found))
    whole = yaml.safe_load(f"openapi: 3.1.0\n{text}")
    reading = openapi.read(whole)
    assert [(o.method, o.template) for o in reading.operations] == [
        ("GET", "/a/{id}/{id2}"), ("DELETE", "/a/{id}/{id2}"), ("GET", '/b"\\:'),
    ]  # fmt: skip
    assert reading.unclassified == ()
