"""One fixture: an embedded installation of the real world."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from keyreeve import settings as rules
from keyreeve.app.edge import real
from keyreeve.settings import Settings
from keyreeve.storage.database import Database


@pytest.fixture
def embedded(tmp_path: Path) -> Settings:
    return rules.load({"KEYREEVE_DATABASE_URL": f"sqlite:///{tmp_path / 'keyreeve.db'}"})


@pytest.fixture
def opened(embedded: Settings) -> Iterator[Database]:
    database = Database.open(embedded, real())
    yield database
    database.close()
