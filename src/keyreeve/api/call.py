"""What a handler is given: who calls, what for, and how to link back."""

from dataclasses import dataclass
from typing import Any

from keyreeve.api.links import Links
from keyreeve.api.query import Query
from keyreeve.domain.audit import Actor
from keyreeve.domain.errors import GroupNotFound, UserNotFound
from keyreeve.domain.group import Group
from keyreeve.domain.operation import Operation
from keyreeve.domain.subject import GroupState, Subject
from keyreeve.domain.user import User
from keyreeve.protocol.address import Address
from keyreeve.protocol.forwarded import Hop
from keyreeve.storage.installation import Installation
from keyreeve.storage.records import Records
from keyreeve.storage.transaction import Snapshot


@dataclass(frozen=True, slots=True)
class Call:
    """One allowed request. The path was read by the guard; here are only its parameters."""

    subject: Subject
    parameters: dict[str, str]
    query: Query
    links: Links
    body: Any
    address: Address | None
    group_state: GroupState | None
    user_id: str | None
    installation: Installation
    records: Records
    build: str
    key_id: str = ""
    """The key that proved the request."""
    hops: tuple[Hop, ...] = ()
    """How the address was found: every host on the way, the nearest first."""
    operations: tuple[Operation, ...] = ()
    """The catalogue."""
    anyone_makes_groups: bool = True
    prepared: Any = None
    """What was done before the transaction began."""

    @property
    def actor(self) -> Actor:
        """Who makes the change, for the audit trail."""
        address = None if self.address is None else str(self.address)
        return Actor(self.subject.username, self.subject.user_id, address)

    def group(self, s: Snapshot) -> Group:
        """Return the group that the path names, as it is now.

        Raises:
            GroupNotFound: it is gone since the decision.
        """
        group = s.groups.get(self.group_state.id) if self.group_state else None
        if group is None:
            raise GroupNotFound(*self.parameters.values())
        return group

    def user(self, s: Snapshot) -> User:
        """Return the user that the path names, as he is now.

        Raises:
            UserNotFound: he is gone since the decision.
        """
        user = s.users.get(self.user_id) if self.user_id else None
        if user is None:
            raise UserNotFound(*self.parameters.values())
        return user
