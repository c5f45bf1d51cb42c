"""Groups: closed until opened."""

from datetime import UTC, datetime

from keyreeve.domain.group import Group


def test_the_public_api_of_a_group_is_closed_unless_opened() -> None:
    assert not Group("g", "Analytical", datetime(2026, 1, 1, tzinfo=UTC)).public_api_enabled
