"""Whatever fails on the way to a decision, nobody is let through by it.

The points that can fail are every call and every await in the modules on the way; those that some
decision comes through stand in `fault_points.txt`:
`cd tests && ../.venv/bin/python -m doors.test_faults --write`.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from postgres import Postgres

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "doors" / "fault_points.txt"
LIMIT_SECONDS = 280


def run(url: str, folder: Path, *flags: str) -> Any:
    """Try all points on one engine, in a process whose modules ask before each whether it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "doors.fault_run", url, str(folder), *flags],
        check=False, capture_output=True, text=True, timeout=LIMIT_SECONDS, cwd=TESTS,
        env=os.environ | {"PYTHONPATH": f"{TESTS.parent / 'src'}:{TESTS}", "PYTHONHASHSEED": "0"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def on_sqlite(folder: Path, *flags: str) -> Any:
    return run(f"sqlite:///{folder / 'keyreeve.db'}", folder, *flags)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return on_sqlite(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="module")
def postgresql(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with postgres.database() as url:
        return run(url, tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_whatever_fails_is_a_denial_and_the_next_call_is_judged_as_ever(
    engine: str, request: pytest.FixtureRequest
) -> None:
    found = request.getfixturevalue(engine)
    assert found["wrong"] == []
    assert sum(found["scenes"].values()) > 2_500
    assert found["missed"] < 100


@pytest.mark.hunt
def test_nor_does_it_matter_when_it_fails(tmp_path: Path) -> None:
    found = on_sqlite(tmp_path, "--often")
    assert found["wrong"] == []
    assert sum(found["scenes"].values()) > 15_000


def test_every_point_is_listed(sqlite: Any, postgresql: Any) -> None:
    assert written(sqlite["table"], postgresql["table"]) == GOLDEN.read_text(), (
        "run `make golden`, and look at what it changes"
    )


def test_a_judge_who_lets_through_what_he_cannot_decide_is_found(tmp_path: Path) -> None:
    found = on_sqlite(tmp_path, "--lenient", "--few")
    assert any("status=200" in wrong for wrong in found["wrong"] if wrong.startswith("gate"))
    assert any("status=200" in wrong for wrong in found["wrong"] if wrong.startswith("guard"))


def written(sqlite: Iterable[str], postgresql: Iterable[str]) -> str:
    """Write a line for each point, and on which engine a decision comes through it."""
    engines: dict[str, str] = dict.fromkeys(sqlite, "sqlite")
    for line in postgresql:
        engines[line] = "both" if line in engines else "postgresql"
    lines = [f"{engine:<10} {line}" for line, engine in engines.items()]
    lines.sort(key=lambda line: line.split()[1:3])
    listed = "".join(f"{line}\n" for line in lines)
    return f"{len(lines)} points: engine, module, function, call\n\n{listed}"


def write() -> None:
    with (
        tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other,
        Postgres.started() as server, server.database() as url,
    ):  # fmt: skip
        GOLDEN.write_text(written(on_sqlite(Path(one))["table"], run(url, Path(other))["table"]))


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("only --write")
    write()
