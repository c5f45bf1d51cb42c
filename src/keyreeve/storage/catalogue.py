"""The catalogue of the API that doors guard, as it is kept."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from keyreeve.domain.operation import ANY_ROLE, Named, Operation
from keyreeve.domain.role import Roles
from keyreeve.storage.catalogue_schema import catalogue_operations, catalogues

_columns = catalogue_operations.c


class StoredCatalogue:
    """The operations of the guarded API, seen through one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def revision(self) -> int:
        """Return how often the catalogue was replaced; another number is another catalogue."""
        query = sa.select(catalogues.c.revision)
        return self._connection.execute(query).scalar_one_or_none() or 0

    def operations(self) -> tuple[Operation, ...]:
        """Return every operation, in the order in which they were given."""
        query = sa.select(catalogue_operations).order_by(_columns.position)
        return tuple(_operation(row) for row in self._connection.execute(query).all())

    def roles(self) -> Roles:
        """Return the roles that the catalogue names."""
        rows = self._connection.execute(sa.select(_columns.roles).distinct()).scalars()
        return frozenset(role for row in rows for role in row.split()) - ANY_ROLE

    def replace(self, operations: Sequence[Operation]) -> None:
        """Keep these operations and no others."""
        revision = self.revision()
        self._connection.execute(sa.delete(catalogue_operations))
        rows = [_row(place, operation) for place, operation in enumerate(operations)]
        if rows:
            self._connection.execute(sa.insert(catalogue_operations), rows)
        if revision:
            self._connection.execute(sa.update(catalogues).values(revision=revision + 1))
        else:
            self._connection.execute(sa.insert(catalogues).values(id=1, revision=1))


def _row(place: int, operation: Operation) -> dict[str, Any]:
    group = operation.group
    return {
        "position": place,
        "name": operation.name,
        "method": operation.method,
        "template": operation.template,
        "roles": " ".join(sorted(operation.roles)),
        "whitelisted": operation.whitelisted,
        "websocket": operation.websocket,
        "group_source": None if group is None else group.source,
        "group_name": None if group is None else group.parameter,
        "slash_in": " ".join(sorted(operation.slash_in)),
        "summary": operation.summary,
    }


def _operation(row: sa.Row[Any]) -> Operation:
    group = None if row.group_source is None else Named(row.group_name, source=row.group_source)
    return Operation(
        row.name,
        row.method,
        row.template,
        roles=frozenset(row.roles.split()),
        whitelisted=row.whitelisted,
        websocket=row.websocket,
        group=group,
        slash_in=frozenset(row.slash_in.split()),
        summary=row.summary,
    )
