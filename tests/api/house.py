"""An installation being served as users meet it: guard, strict protocol, API, real clients."""

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from requests.auth import HTTPDigestAuth

from conftest import counted
from enforcement import serving
from keyreeve import settings as settings_module
from keyreeve.api import first_user, problems
from keyreeve.api.application import BASES, Api, operations
from keyreeve.api.first_user import FirstUserDoor
from keyreeve.domain.audit import Actor
from keyreeve.domain.catalogue import Catalogue
from keyreeve.domain.edge import Edge
from keyreeve.domain.role import GROUP_OWNER
from keyreeve.enforcement.guard import Guard
from keyreeve.enforcement.open_paths import OpenPaths
from keyreeve.judge.judge import Judge
from keyreeve.judge.ledger import DictLedger
from keyreeve.judge.recorder import Recorder
from keyreeve.services import api_keys, groups, roles, users, whitelists
from keyreeve.storage.database import Database

PUBLIC, ATLAS = BASES
PUBLIC_URL = "http://keys.example:8080"
OPERATOR = Actor("cli:test")
LOCAL = "127.0.0.1"


@dataclass(frozen=True)
class Person:
    """A user with one key."""

    id: str
    username: str
    key: str
    key_id: str


@dataclass
class House:
    """One installation and its server."""

    database: Database
    judge: Judge
    recorder: Recorder
    edge: Edge
    port: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def person(self, *listed: str, name: str = "") -> Person:
        """Make a user with a key, and these entries on his whitelist."""
        username = name or f"user{next(self.numbers)}@example.org"
        with self.database.transaction() as t:
            user = users.create(
                t, OPERATOR, username=username, first_name="Ada", last_name="Lovelace"
            )
            key, secret = api_keys.generate(t, OPERATOR, user, "test")
            whitelists.add(t, OPERATOR, user, [(entry, "") for entry in listed])
        return Person(user.id, username, secret, key.id)

    def group(self, owner: Person | None = None, *, opened: bool = True, name: str = "") -> str:
        """Make a group with its Owner; return its id."""
        with self.database.transaction() as t:
            made = groups.create(
                t,
                OPERATOR,
                name=name or f"group {next(self.numbers)}",
                owner=None if owner is None else users.find(t, owner.id),
                public_api_enabled=opened,
            )
        return made.id

    def owner(self, *listed: str) -> Person:
        """Make the Owner of a group of his own."""
        person = self.person(*listed)
        self.group(person)
        return person

    def grant(self, person: Person, group: str | None, role: str = GROUP_OWNER) -> None:
        with self.database.transaction() as t:
            where = None if group is None else groups.find(t, group)
            roles.grant(t, OPERATOR, users.find(t, person.id), where, role)

    def url(self, path: str, base: str = PUBLIC) -> str:
        return f"http://{LOCAL}:{self.port}{base}{path}"

    def call(
        self, person: Person, method: str, path: str, *, base: str = PUBLIC, **options: Any
    ) -> requests.Response:
        """Call with requests and digest."""
        auth = HTTPDigestAuth(person.username, person.key)
        with requests.Session() as session:
            prepared = requests.Request(method, self.url(path, base), auth=auth, **options)
            return session.send(session.prepare_request(prepared), timeout=30)

    def get(self, person: Person, path: str, **options: Any) -> Any:
        answer = self.call(person, "GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, person: Person, method: str, path: str, body: Any) -> requests.Response:
        """Call with a JSON body; bytes are sent as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        return self.call(person, method, path, data=data, headers=headers)

    def listed(self, person: Person) -> set[str]:
        with self.database.snapshot() as s:
            return {str(entry.network) for entry in s.whitelists.entries(person.id)}


@contextmanager
def opened(folder: Path, **environment: str) -> Iterator[House]:
    """Open a fresh installation and serve it."""
    edge = Edge(
        now=lambda: datetime.now(UTC),
        ticks=lambda: time.monotonic_ns() // 1_000_000,
        entropy=counted(),
    )
    given = {"KEYREEVE_DATABASE_URL": f"sqlite:///{folder / 'keyreeve.db'}", **environment}
    settings = settings_module.load(given)
    database = Database.open(settings, edge, upgrade=True)
    recorder = Recorder(database.records, edge)
    judge = Judge(
        database,
        Catalogue(operations, bases=BASES),
        DictLedger(edge, lifetime=settings.nonce_seconds * 1000),
        recorder,
        algorithms=settings.digest_algorithms,
        nonce_seconds=settings.nonce_seconds,
        bearer=settings.bearer,
    )
    api = Api(
        database,
        public_url=PUBLIC_URL,
        build="1.2.3",
        anyone_makes_groups=settings.group_creation == "anyone",
    )
    door = Guard(api, judge, problems.render, https=False, new_id=edge.new_id)
    first = FirstUserDoor(database, public_url=PUBLIC_URL, enabled=settings.first_user_api)
    opened = {base + first_user.PATH: first for base in BASES}
    house = House(database, judge, recorder, edge)
    with serving.serving(OpenPaths(door, opened, new_id=edge.new_id)) as house.port:
        yield house
    database.close()
