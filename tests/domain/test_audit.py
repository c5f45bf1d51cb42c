"""Audit events: values that concern nobody unless they say so."""

from datetime import UTC, datetime

from keyreeve.domain.audit import Actor, AuditEvent


def test_the_command_line_acts_as_no_user() -> None:
    assert Actor("cli:ada").user_id is None


def test_an_event_concerns_no_group_and_no_user_unless_it_says_so() -> None:
    event = AuditEvent("id", datetime(2026, 1, 1, tzinfo=UTC), Actor("cli:ada"), "user.create", "u")
    assert (event.group_id, event.user_id, dict(event.details)) == (None, None, {})
