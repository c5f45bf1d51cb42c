import pytest

from keyreeve.console import answers
from keyreeve.console.routes import Known, Route, Table
from keyreeve.console.visit import Visit


def nothing(_: Visit) -> answers.Answer:
    return answers.to("/")


NEW = Route("GET", "/groups/new", nothing)
CREATE = Route("POST", "/groups/new", nothing)
ONE = Route("GET", "/groups/{group}", nothing)
TABLE = Table((NEW, CREATE, ONE))


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/groups/new", (NEW, {})),
        ("HEAD", "/groups/new", (NEW, {})),
        ("POST", "/groups/new", (CREATE, {})),
        ("GET", "/groups/5a", (ONE, {"group": "5a"})),
        ("POST", "/groups/5a", Known(("GET", "HEAD"))),
        ("DELETE", "/groups/new", Known(("GET", "HEAD", "POST"))),
        ("GET", "/groups/", None),
        ("GET", "/groups", None),
        ("GET", "/groups/5a/", None),
        ("GET", "", None),
    ],
)
def test_a_request_finds_its_route(method: str, path: str, found: object) -> None:
    assert TABLE.find(method, path) == found


def test_what_changes_something_needs_the_token_of_its_form() -> None:
    assert CREATE.csrf
    assert not NEW.csrf
