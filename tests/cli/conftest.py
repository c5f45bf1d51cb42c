"""One fixture: an installation in an empty folder, worked on by the command itself."""

from pathlib import Path

import pytest

from doors.installation import Installation


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)
