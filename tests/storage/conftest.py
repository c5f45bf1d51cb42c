"""Where access records are kept in tests, on each engine, and the clock that they go by."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.recording import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def place(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield str(tmp_path)
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url
