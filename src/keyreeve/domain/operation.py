"""Operations: what can be called, and who is let through to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from keyreeve.domain.role import GROUP_OWNER, GROUP_ROLES, Roles

ANY_ROLE: Roles = frozenset({"*"})
"""Stands for every role: whoever holds one in the group may read there."""


@dataclass(frozen=True, slots=True)
class Named:
    """Where a call names a group or a user, and whether by id or by name."""

    parameter: str
    """The path parameter or header that names it; or, where it is fixed, the id itself."""
    by: Literal["id", "name"] = "id"
    source: Literal["path", "header", "fixed"] = "path"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an API: method, path template, and what a caller needs.

    The rule reads `roles`, `whitelisted`, `group`, `user` and `self_only`. `body`, `answers` and
    `errors` describe the exchange for dispatch and documentation; the rule never looks at them.
    """

    name: str
    method: str
    template: str
    roles: Roles = ANY_ROLE
    whitelisted: bool = False
    group: Named | None = None
    user: Named | None = None
    self_only: bool = False
    slash_in: frozenset[str] = frozenset()
    """Parameters in which `%2F` may stand (whitelist entries, names)."""
    websocket: bool = False
    """Whether the call may become a websocket."""
    summary: str = ""
    body: Any = None
    answers: Mapping[int, Any] = field(default_factory=dict)
    errors: tuple[str, ...] = ()

    def permits(self, roles: Roles) -> bool:
        """Tell whether one of these roles permits the operation."""
        if self.roles == ANY_ROLE:
            return bool(roles)
        return not self.roles.isdisjoint(roles)

    @property
    def admitted(self) -> Roles:
        """The roles that let one call it; those that other catalogues add are not among them."""
        if self.whitelisted:
            return frozenset({GROUP_OWNER})
        return GROUP_ROLES if self.roles == ANY_ROLE else self.roles

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method in {"GET", "HEAD"}
