"""`keyreeve gate`."""

import json

import pytest

from doors import gates
from doors.installation import Installation
from enforcement.gating import question
from enforcement.serving import answers, connected


def test_it_says_where_it_listens(installation: Installation) -> None:
    with gates.gate(installation, "caddy") as gate, connected(gate.port) as connection:
        connection.sendall(question(preset="caddy"))
        assert answers(connection)[0].status == 401
    assert '"preset":"caddy"' in gate.log.read_text()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--preset", "apache"], 2),
        (["--workers", "0"], 2),
        (["--listen", "here"], 1),
        (["--listen", "unix:/nowhere/at/all"], 1),
    ],
)
def test_what_it_cannot_be_is_refused(
    installation: Installation, words: list[str], status: int
) -> None:
    done = installation.attempt("gate", *words, "--json")
    assert done.returncode == status
    assert json.loads(done.stderr)["error"]["code"]
