"""Services run on a clock that a test may move."""

from datetime import UTC, datetime

import pytest

from clock import Clock
from keyreeve.domain.edge import Edge


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


@pytest.fixture
def edge(clock: Clock) -> Edge:
    return clock.edge()
