"""A group: what members share, and whose public API is open or closed."""

from dataclasses import dataclass
from datetime import datetime

from keyreeve.domain.role import Roles
from keyreeve.domain.user import User


@dataclass(frozen=True, slots=True)
class Group:
    """One group. Its public API is closed until an Owner opens it."""

    id: str
    name: str
    created: datetime
    public_api_enabled: bool = False
    external_id: str | None = None
    observed: bool = False
    """Whether doors in front of other APIs only note what they would refuse there."""


@dataclass(frozen=True, slots=True)
class Member:
    """A user and the roles he holds in one group."""

    user: User
    roles: Roles
