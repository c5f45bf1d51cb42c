"""Bad input on every operation: who and what must be refused, and what came of it.

`not_refused.txt` lists what is not; that list may only shrink.
"""

import importlib
import json
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from api.house import LOCAL, PUBLIC, House, Person
from keyreeve import storage
from keyreeve.api import exchanges
from keyreeve.api.application import operations
from keyreeve.domain.operation import ANY_ROLE, Operation
from keyreeve.domain.role import GLOBAL_OWNER, GROUP_READ_ONLY
from keyreeve.enforcement.answers import PROBLEMS
from keyreeve.storage.records import AccessRecord, Batch

FILE = Path(__file__).with_name("not_refused.txt")

ELSEWHERE = ("203.0.113.0/24",)
UNPROVEN = (401, None)
LOW_ROLE = (403, "USER_UNAUTHORIZED")
UNLISTED = (403, "IP_ADDRESS_NOT_ON_WHITELIST")
BODIES: Mapping[str, Any] = {
    "access_list.add": [{"ipAddress": LOCAL}],
    "api_key.change": {"desc": "test"},
    "group.assign_users": [{"id": "x", "roles": [{"roleName": GROUP_READ_ONLY}]}],
    "group.change": {"name": "Renamed"},
    "group.create": {"name": "Made"},
    "user.change": {"roles": [{"roleName": GROUP_READ_ONLY}]},
    "user.create": {
        "username": "made@example.org",
        "firstName": "A",
        "lastName": "B",
        "roles": [{"roleName": GROUP_READ_ONLY}],
    },
    "whitelist.add": [{"ipAddress": LOCAL}],
}
"""A body for every operation that takes one; some column stands beside what it says."""


@dataclass(frozen=True)
class Called:
    """A user, what is his, and how he proves himself."""

    person: Person
    group: str
    event: str
    decision: str
    entry: str

    def path(self, operation: Operation, **others: str) -> str:
        """Return the path of an operation on what is his, but for some parts."""
        path = operation.template
        for name, value in (self.names | others).items():
            path = path.replace(f"{{{name}}}", value)
        return path

    @property
    def names(self) -> dict[str, str]:
        """Return what each parameter of a path stands for."""
        return {
            "groupId": self.group,
            "groupName": f"of%20{self.person.id}",
            "userId": self.person.id,
            "username": self.person.username,
            "keyId": self.person.key_id,
            "entry": self.entry,
            "eventId": self.event,
            "decisionId": self.decision,
        }


class Refusals:
    """Calls every operation in every way that must be refused, and tells which were not."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._connection = HTTPConnection(LOCAL, house.port, timeout=30)
        self.undocumented: list[str] = []
        self._stranger = self._owner("192.0.2.77", entry="192.0.2.77")

    def not_refused(self) -> Iterator[str]:
        """Yield a line for every operation and way that did not end in its documented status."""
        for operation in operations:
            documented = exchanges.errors(operation, PROBLEMS)
            for way, expected, answered in self._answers(operation):
                status, code = answered
                if code is not None and code not in documented[status]:
                    self.undocumented.append(f"{operation.name}  {way}  {status} {code}")
                if answered not in expected:
                    yield f"{operation.name}  {way}"
        self._connection.close()

    def _answers(self, operation: Operation) -> Iterator[tuple[str, set[Any], Any]]:
        owner = self._owner(*ELSEWHERE)
        path, key = owner.path(operation), owner.person.key
        yield "anonymous", {UNPROVEN}, self._ask(operation, path, None)
        yield "wrong key", {UNPROVEN}, self._ask(operation, path, key[:-1] + "~")
        if not operation.reads or operation.roles != ANY_ROLE:
            reader = self._reader()
            answered = self._ask(operation, reader.path(operation), reader.person.key)
            yield "low role", {LOW_ROLE}, answered
        if not operation.reads:
            yield "unlisted", {UNLISTED}, self._ask(operation, path, key)
        for name in self._stranger.names:
            if f"{{{name}}}" in operation.template:
                yield f"another's {name}", *self._with_others(operation, name)
        if operation.body is not None:
            yield from self._columns(operation)

    def _with_others(self, operation: Operation, name: str) -> tuple[set[Any], Any]:
        """Call from a listed address, with one part of the path being a stranger's."""
        caller = self._owner(LOCAL)
        codes = {code for code in operation.errors if code.endswith(("_NOT_FOUND", "_IN_GROUP"))}
        expected = {(404, code) for code in codes}
        path = caller.path(operation, **{name: self._stranger.names[name]})
        return expected, self._ask(operation, path, caller.person.key)

    def _columns(self, operation: Operation) -> Iterator[tuple[str, set[Any], Any]]:
        expected = {(400, "INVALID_ATTRIBUTE"), (400, "ATTRIBUTE_READ_ONLY")}
        root = self._owner(LOCAL)
        self.house.grant(root.person, None, GLOBAL_OWNER)
        key, path = root.person.key, root.path(operation)
        for column in columns():
            for where, body in _with_column(BODIES[operation.name], column):
                yield f"column {where}{column}", expected, self._ask(operation, path, key, body)

    def _ask(
        self, operation: Operation, path: str, key: str | None, body: Any = None
    ) -> tuple[int, str | None]:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        data = None
        if operation.body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(BODIES[operation.name] if body is None else body)
        self._connection.request(operation.method, PUBLIC + path, data, headers)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read()).get("errorCode")

    def _owner(self, *listed: str, entry: str = "") -> Called:
        person = self.house.person(*listed)
        group = self.house.group(person, name=f"of {person.id}")
        with self.house.database.snapshot() as s:
            [event] = s.audit_log.list(group_id=group)
        decision = f"dec{person.id[3:]}"
        row = AccessRecord(
            decision_id=decision,
            time=self.house.edge.now(),
            operation="root.get",
            method="GET",
            target="/",
            outcome="deny",
            reason="ROLE_MISSING",
            rule="5",
            user_id=person.id,
        )
        self.house.database.records.write(Batch(rows=[row]))
        return Called(person, group, event.id, decision, entry or listed[0].replace("/", "%2F"))

    def _reader(self) -> Called:
        reader, owner = self.house.person(LOCAL), self._owner(LOCAL)
        self.house.grant(reader, owner.group, GROUP_READ_ONLY)
        return Called(reader, owner.group, owner.event, owner.decision, LOCAL)


def columns() -> list[str]:
    """Return every name of a column, as it is and as an attribute would be spelt."""
    tables: set[Table] = set()
    for module in pkgutil.iter_modules(storage.__path__, "keyreeve.storage."):
        if module.name.endswith("schema"):
            for value in vars(importlib.import_module(module.name)).values():
                tables |= {value} if isinstance(value, Table) else set()
    plain = {column.name for table in tables for column in table.columns}
    return sorted(plain | {_camel(name) for name in plain})


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _with_column(body: Any, column: str) -> Iterator[tuple[str, Any]]:
    """Yield the body with the column added to each of its objects."""
    if isinstance(body, list):
        yield from ((where, [inner]) for where, inner in _with_column(body[0], column))
        return
    yield "", body | {column: "x"}
    for name, value in body.items():
        if isinstance(value, list):
            yield f"{name}.", body | {name: [value[0] | {column: "x"}]}
