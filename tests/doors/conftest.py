"""Two fixtures: an installation in an empty folder, and one in front of an API with two paths."""

from pathlib import Path

import pytest

from doors.houses import House
from doors.installation import Installation


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


@pytest.fixture(scope="session")
def guarded_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Shared by all, since nobody changes anything in it."""
    return House.built(tmp_path_factory.mktemp("guarded"))
