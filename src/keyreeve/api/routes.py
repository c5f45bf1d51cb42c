"""A route: one operation and the function that answers it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from keyreeve.api.call import Call
from keyreeve.api.representation import Reply
from keyreeve.domain.operation import Operation
from keyreeve.storage.transaction import Snapshot, Transaction


@dataclass(frozen=True, slots=True)
class Reading:
    """An operation that only looks: its handler sees one moment."""

    operation: Operation
    handler: Callable[[Call, Snapshot], Reply]


@dataclass(frozen=True, slots=True)
class Writing:
    """An operation that changes something: its handler's changes are made whole or not at all."""

    operation: Operation
    handler: Callable[[Call, Transaction], Reply]
    prepare: Callable[[Call], Any] | None = None
    """What is slow is done here, before the transaction: its result is `call.prepared`."""


Route: TypeAlias = Reading | Writing
