"""The matrix: every operation, called by everyone, for everything, from everywhere.

In `tests`, `python -m api.matrix --write` writes `matrix.txt` anew; its diff is the change of who
may call what. `of` says how the caller stands to what the path names: his own group or himself
(`own`), one who shares a group with him (`mate`), someone or someone's else (`other`), or nothing
(`absent`). `api` is the public API of the group that the path names, or else of the caller's only
group. The last three columns are the answers without a whitelist, from an address that is not on
it, and from one that is; for a denial with the rule. Who holds a global role, or none (`-`), is in
no group.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from api import house as houses
from api.house import LOCAL, OPERATOR, PUBLIC, House, Person
from keyreeve.api.application import operations
from keyreeve.domain.operation import Operation
from keyreeve.domain.role import GLOBAL_ROLES, GROUP_READ_ONLY, GROUP_ROLES
from keyreeve.services import api_keys, groups, users, whitelists
from keyreeve.storage.records import AccessRecord, Batch

FILE = Path(__file__).with_name("matrix.txt")

ROLES = ("-", *sorted(GROUP_ROLES), *sorted(GLOBAL_ROLES))
APIS = ("on", "off")
SPARE = "192.0.2.99"
LISTS: dict[str, tuple[str, ...]] = {
    "no list": (),
    "unlisted": ("203.0.113.0/24", SPARE),
    "listed": ("127.0.0.0/8", SPARE),
}
ABSENT = "f" * 24
BODIES: dict[str, Callable[["World", "Cell"], Any]] = {
    "access_list.add": lambda _, __: [{"ipAddress": SPARE}],
    "api_key.change": lambda _, __: {"desc": "test"},
    "group.assign_users": lambda w, c: [
        {"id": w.mate_of(c), "roles": [{"roleName": GROUP_READ_ONLY}]}
    ],
    "group.change": lambda w, c: {"name": w.place_of(c).name},
    "group.create": lambda w, _: {"name": f"made {next(w.house.numbers)}"},
    "user.change": lambda _, __: {"firstName": "Ada"},
    "user.create": lambda w, _: {
        "username": f"made{next(w.house.numbers)}@example.org",
        "firstName": "Grace",
        "lastName": "Hopper",
    },
    "whitelist.add": lambda _, __: [{"ipAddress": SPARE}],
}
"""Where an operation can be allowed without changing anything, it does not."""


class Cell(NamedTuple):
    """One call."""

    operation: Operation
    role: str
    of: str
    api: str
    list: str


@dataclass
class Place:
    """A group, with someone who owns it and someone who reads in it."""

    name: str
    keeper: Person
    mate: Person
    caller: Person | None = None
    role: str = ""
    opened: bool = True
    id: str = ""


@dataclass
class World:
    """Everybody who calls, and everything that is called."""

    house: House
    callers: dict[tuple[str, str, str], Person] = field(default_factory=dict)
    """By role, whether the API of his own group is on, and whitelist."""
    places: dict[tuple[str, str, str], Place] = field(default_factory=dict)
    """The group of each caller."""
    elsewhere: dict[str, Place] = field(default_factory=dict)
    """A group that no caller is in, with its API on and off."""
    spare_keys: dict[str, str] = field(default_factory=dict)
    """By user: a key that may be deleted."""
    decisions: dict[str, str] = field(default_factory=dict)
    """By user: a decision about him."""

    def make(self) -> None:
        """Make everybody and everything."""
        for api in APIS:
            keeper, mate = self._person(), self._person()
            self.elsewhere[api] = self._place(
                Place(f"elsewhere {api}", keeper, mate, opened=api == "on")
            )
        for role, api, listed in product(ROLES, APIS, LISTS):
            caller = self._person(*LISTS[listed])
            self.callers[role, api, listed] = caller
            if role in GLOBAL_ROLES:
                self.house.grant(caller, None, role)
            elif role != "-":
                place = Place(
                    f"{role} {api} {listed}", self._person(), self._person(), caller, role
                )
                place.opened = api == "on"
                self.places[role, api, listed] = self._place(place)

    def caller_of(self, cell: Cell) -> Person:
        """Return who calls; who calls something of another's has his own API on."""
        return self.callers[cell.role, self._own_api(cell), cell.list]

    def place_of(self, cell: Cell) -> Place:
        """Return the group that the path of a cell names."""
        key = (cell.role, self._own_api(cell), cell.list)
        own = cell.of != "other" and key in self.places
        return self.places[key] if own else self.elsewhere[cell.api]

    def mate_of(self, cell: Cell) -> str:
        """Return who reads in that group."""
        return self.place_of(cell).mate.id

    def user_of(self, cell: Cell) -> Person:
        """Return the user that the path of a cell names."""
        match cell.of:
            case "own":
                return self.caller_of(cell)
            case "mate":
                return self.place_of(cell).mate
            case _:
                return self.elsewhere["on"].keeper

    def path_of(self, cell: Cell) -> str:
        """Return the path to call."""
        path, names = cell.operation.template, self._names(cell)
        for name, value in names.items():
            path = path.replace(f"{{{name}}}", value)
        return path

    def mend(self, cell: Cell, document: Any) -> None:
        """Put back what an allowed call changed."""
        user = self.user_of(cell)
        with self.house.database.transaction() as t:
            match cell.operation.name.partition(".")[2]:
                case "remove":
                    whitelists.add(t, OPERATOR, users.find(t, user.id), [(SPARE, "")])
                case "create" if cell.operation.name == "group.create":
                    groups.remove(t, OPERATOR, groups.find(t, document["id"]))
                case "delete" if cell.operation.name == "api_key.delete":
                    spare, _ = api_keys.generate(t, OPERATOR, users.find(t, user.id), "spare")
                    self.spare_keys[user.id] = spare.id
        place = self.place_of(cell)
        if cell.operation.name == "group.delete":
            self._place(place)
        elif cell.operation.name == "group.remove_user":
            self.house.grant(place.mate, place.id, GROUP_READ_ONLY)

    def _own_api(self, cell: Cell) -> str:
        named = cell.operation.group is not None and cell.of != "own"
        return "on" if named else cell.api

    def _person(self, *listed: str) -> Person:
        person = self.house.person(*listed)
        decision = f"{len(self.decisions):024x}"
        with self.house.database.transaction() as t:
            spare, _ = api_keys.generate(t, OPERATOR, users.find(t, person.id), "spare")
        self.spare_keys[person.id] = spare.id
        self.decisions[person.id] = decision
        row = AccessRecord(
            decision_id=decision,
            time=self.house.edge.now(),
            operation="root.get",
            method="GET",
            target="/",
            outcome="deny",
            reason="ROLE_MISSING",
            rule="5",
            key_id=person.key_id,
            user_id=person.id,
        )
        self.house.database.records.write(Batch(rows=[row]))
        return person

    def _place(self, place: Place) -> Place:
        place.id = self.house.group(place.keeper, opened=place.opened, name=place.name)
        self.house.grant(place.mate, place.id, GROUP_READ_ONLY)
        if place.caller is not None:
            self.house.grant(place.caller, place.id, place.role)
        return place

    def _names(self, cell: Cell) -> dict[str, str]:
        place, user = self.place_of(cell), self.user_of(cell)
        gone = cell.of == "absent"
        event_of = place.id if cell.operation.group else user.id
        return {
            "groupId": ABSENT if gone else place.id,
            "groupName": "nowhere" if gone else place.name.replace(" ", "%20"),
            "userId": self._user_id(cell, place, user),
            "username": "nobody@example.org" if gone else user.username,
            "keyId": self.spare_keys[user.id],
            "entry": SPARE,
            "eventId": self._event(event_of),
            "decisionId": ABSENT if gone else self.decisions[user.id],
        }

    def _user_id(self, cell: Cell, place: Place, user: Person) -> str:
        if cell.operation.name == "group.remove_user":
            return place.mate.id
        return ABSENT if cell.of == "absent" else user.id

    def _event(self, concerned: str) -> str:
        with self.house.database.snapshot() as s:
            found = s.audit_log.list(group_id=concerned) or s.audit_log.list(user_id=concerned)
        return found[0].id


def cells(operation: Operation) -> Iterator[tuple[str, str, str]]:
    """Yield role, ownership and toggle of every row of an operation."""
    if operation.group is not None:
        of = ("own", "other", "absent")
    elif "{userId}" in operation.template or operation.user is not None:
        of = ("own", "mate", "other", "absent")
    elif "{decisionId}" in operation.template:
        of = ("own", "other", "absent")
    else:
        of = ("-",)
    return product(ROLES, of, APIS)


def render(house: House) -> str:
    """Make every call and write the whole table."""
    world = World(house)
    world.make()
    rows = [("operation", "role", "of", "api", *LISTS)]
    connection = HTTPConnection(LOCAL, house.port, timeout=30)
    for operation in sorted(operations, key=lambda one: one.name):
        for role, of, api in cells(operation):
            answers = [
                _ask(connection, world, Cell(operation, role, of, api, listed)) for listed in LISTS
            ]
            rows.append((operation.name, role, of, api, *answers))
    connection.close()
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in rows
    )


def _ask(connection: HTTPConnection, world: World, cell: Cell) -> str:
    """Make one call, put back what it changed, and say the answer: status, code, and rule."""
    headers = {"Authorization": f"Bearer {world.caller_of(cell).key}"}
    body = None
    if cell.operation.name in BODIES:
        body = json.dumps(BODIES[cell.operation.name](world, cell))
        headers["Content-Type"] = "application/json"
    connection.request(cell.operation.method, PUBLIC + world.path_of(cell), body, headers)
    answer = connection.getresponse()
    document = json.loads(answer.read())
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        if cell.operation.method != "GET":
            world.mend(cell, document)
        return str(answer.status)
    return " ".join(
        str(document[part]) for part in ("error", "errorCode", "rule") if part in document
    )


def main() -> None:
    """Write the table, or compare it."""
    with tempfile.TemporaryDirectory() as folder, houses.opened(Path(folder)) as house:
        table = render(house)
    if sys.argv[1:] == ["--write"]:
        FILE.write_text(table)
    elif table != FILE.read_text():
        sys.exit(f"{FILE.name} does not say what the API says; --write writes it anew")


if __name__ == "__main__":
    main()
