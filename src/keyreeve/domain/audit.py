"""Audit events: who changed what, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change: `cli:UNIXUSER`, or a user by id, and the address he calls from."""

    name: str
    user_id: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One administrative change. `action` follows `noun.verb`; details never hold a secret."""

    id: str
    created: datetime
    actor: Actor
    action: str
    object_id: str
    group_id: str | None = None
    user_id: str | None = None
    """The user concerned."""
    details: Mapping[str, str | bool | int | None] = field(default_factory=dict)
