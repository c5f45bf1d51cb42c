"""What one transaction sees, and what its commit leaves behind for judges (freshness)."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

import sqlalchemy as sa

from keyreeve.domain.audit import Actor, AuditEvent
from keyreeve.domain.edge import Edge
from keyreeve.storage import schema
from keyreeve.storage.api_keys import ApiKeys
from keyreeve.storage.audit_log import AuditLog
from keyreeve.storage.catalogue import StoredCatalogue
from keyreeve.storage.groups import Groups
from keyreeve.storage.sealing import Secrets
from keyreeve.storage.second_factors import SecondFactors
from keyreeve.storage.sessions import Sessions
from keyreeve.storage.setup_links import SetupLinks
from keyreeve.storage.step_ups import StepUps
from keyreeve.storage.subjects import Subjects
from keyreeve.storage.throttles import Throttles
from keyreeve.storage.users import Users
from keyreeve.storage.whitelists import Whitelists

CHANGES_KEPT = 10_000
"""How many epochs back the list of changes reaches; a judge further behind starts afresh."""

_TRIM_EVERY = 256


class Snapshot:
    """Everything that is stored, as of one moment."""

    def __init__(
        self, connection: sa.Connection, *, secrets: Secrets, realm: str, epoch: int
    ) -> None:
        self.connection = connection
        self.secrets = secrets
        self.realm = realm
        self.epoch = epoch

    @cached_property
    def users(self) -> Users:
        """All users."""
        return Users(self.connection)

    @cached_property
    def groups(self) -> Groups:
        """All groups and who is in them."""
        return Groups(self.connection)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """The API keys of all users."""
        return ApiKeys(self.connection)

    @cached_property
    def whitelists(self) -> Whitelists:
        """The whitelists of all users."""
        return Whitelists(self.connection)

    @cached_property
    def catalogue(self) -> StoredCatalogue:
        """The catalogue of the guarded API."""
        return StoredCatalogue(self.connection)

    @cached_property
    def audit_log(self) -> AuditLog:
        """All audit events."""
        return AuditLog(self.connection, self.secrets.audit_key)

    @cached_property
    def sessions(self) -> Sessions:
        """All console sessions."""
        return Sessions(self.connection)

    @cached_property
    def second_factors(self) -> SecondFactors:
        """The second factors of all users."""
        return SecondFactors(self.connection, self.secrets, self.realm)

    @cached_property
    def step_ups(self) -> StepUps:
        """What sessions were granted, and which forms did their work."""
        return StepUps(self.connection)

    @cached_property
    def throttles(self) -> Throttles:
        """Who has to wait."""
        return Throttles(self.connection)

    @cached_property
    def setup_links(self) -> SetupLinks:
        """The link of the first run."""
        return SetupLinks(self.connection)

    @cached_property
    def subjects(self) -> Subjects:
        """Users as decisions see them."""
        return Subjects(self.connection, self.secrets, self.realm)


class Transaction(Snapshot):
    """A change in the making. Others see all of it, or nothing."""

    def __init__(
        self, connection: sa.Connection, *, secrets: Secrets, realm: str, epoch: int, edge: Edge
    ) -> None:
        super().__init__(connection, secrets=secrets, realm=realm, epoch=epoch)
        self.edge = edge
        self._changes: set[tuple[str, str]] = set()
        self._counts = False

    @property
    def counts(self) -> bool:
        """Whether this transaction moves the epoch: something changed or was recorded."""
        return self._counts

    def changed(self, kind: Literal["user", "group"], id: str) -> None:  # noqa: A002 - the contract's word
        """Have every judge forget this user or group when the change is committed."""
        self._changes.add((kind, id))
        self._counts = True

    def touch(self) -> None:
        """Move the epoch, though nothing changed."""
        self._counts = True

    def record(  # noqa: PLR0913 - each word of an event by its name
        self,
        actor: Actor,
        action: str,
        object_id: str,
        *,
        group_id: str | None = None,
        user_id: str | None = None,
        details: Mapping[str, str | bool | int | None] | None = None,
    ) -> AuditEvent:
        """Write an audit event; without it the change is not made."""
        event = AuditEvent(
            id=self.edge.new_id(),
            created=self.edge.now(),
            actor=actor,
            action=action,
            object_id=object_id,
            group_id=group_id,
            user_id=user_id,
            details=details or {},
        )
        self.audit_log.add(event)
        self._counts = True
        return event

    def stamp(self, epoch: int) -> None:
        """Give everything changed here its epoch."""
        self.connection.execute(sa.update(schema.installation).values(epoch=epoch))
        rows = [{"epoch": epoch, "kind": kind, "id": id_} for kind, id_ in sorted(self._changes)]
        if rows:
            self.connection.execute(sa.insert(schema.changes), rows)
        if epoch // _TRIM_EVERY != self.epoch // _TRIM_EVERY:
            self._trim(epoch - CHANGES_KEPT)

    def _trim(self, epoch: int) -> None:
        # The newest row stays, however old: without it nobody could tell a list that was
        # trimmed from one that was always empty.
        column = schema.changes.c.epoch
        newest = sa.select(sa.func.max(column)).scalar_subquery()
        old = (column <= epoch) & (column < newest)
        self.connection.execute(sa.delete(schema.changes).where(old))
