"""The installation that a command works on."""

import os
import pty
import pwd
import subprocess

import pytest
from sqlalchemy.exc import OperationalError

from doors.installation import KEYREEVE, Installation
from keyreeve.cli import installations
from keyreeve.cli.installations import DatabaseUnavailable


def test_a_driver_is_quoted_in_one_sentence_without_the_statement() -> None:
    failure = OperationalError("SELECT secret", {"key": "kr_x"}, Exception("it is gone.\nmore"))
    with pytest.raises(DatabaseUnavailable) as refused, installations.reaching():
        raise failure
    assert str(refused.value) == "The database cannot be used: it is gone."


def test_what_is_no_failure_of_the_database_passes() -> None:
    with pytest.raises(KeyError), installations.reaching():
        raise KeyError


def test_the_actor_is_named_even_without_an_entry_in_passwd(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert installations.actor().user_id is None
    monkeypatch.setattr("os.geteuid", lambda: 424242)
    with pytest.raises(KeyError):
        pwd.getpwuid(424242)
    assert installations.actor().name == "cli:424242"


def test_whoever_begins_one_at_a_terminal_is_told_where(installation: Installation) -> None:
    assert f"began a new installation: {installation.folder}/keyreeve.db" in told(installation)
    assert told(installation) == ""


def told(installation: Installation) -> str:
    """Return what a command says on a terminal that is its standard error."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        subprocess.run(
            [KEYREEVE, "user", "list"], check=True, stdout=subprocess.DEVNULL, stderr=theirs,
            cwd=installation.folder, env=installation.environment(), timeout=60,
        )  # fmt: skip
        os.write(theirs, b".")
        said = terminal.read(10_000)
        os.close(theirs)
    return said.decode().removesuffix(".")
