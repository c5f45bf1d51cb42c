"""An installation to judge in: Ada, who owns a group, her key, an API, and calls she signs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from keyreeve.domain.audit import Actor
from keyreeve.domain.catalogue import Catalogue
from keyreeve.domain.edge import Edge
from keyreeve.domain.group import Group
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.user import User
from keyreeve.judge.call import Call
from keyreeve.judge.judge import Judge
from keyreeve.judge.ledger import DictLedger, Ledger
from keyreeve.judge.noting import Observing
from keyreeve.judge.observer import Observer
from keyreeve.judge.recorder import Recorder
from keyreeve.judge.throttle import Throttle
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol import address, digest, nonce, parameters
from keyreeve.protocol.digest import Credentials
from keyreeve.protocol.nonce import Ticket
from keyreeve.services import api_keys, groups, roles, users, whitelists
from keyreeve.storage.database import Database

CLI = Actor("cli:root")
HOME = address.parse_address("192.0.2.7")
ELSEWHERE = address.parse_address("198.51.100.9")
NONCE_SECONDS = 300
OWNER, ADMIN = frozenset({"GROUP_OWNER"}), frozenset({"GROUP_OWNER", "GROUP_USER_ADMIN"})

OPERATIONS = (
    Operation("root", "GET", "/"),
    Operation("read_group", "GET", "/groups/{group}", group=Named("group")),
    Operation("read_group_by_name", "GET", "/groups/byName/{group}", group=Named("group", "name")),
    Operation("administer", "POST", "/groups/{group}/jobs", ADMIN, group=Named("group")),
    Operation(
        "drop_group", "DELETE", "/groups/{group}", OWNER, whitelisted=True, group=Named("group")
    ),
    Operation("read_user", "GET", "/users/{user}", user=Named("user")),
    Operation("read_user_by_name", "GET", "/users/byName/{user}", user=Named("user", "name")),
    Operation("read_keys", "GET", "/users/{user}/keys", user=Named("user"), self_only=True),
)


@dataclass
class Key:
    """A key as its owner holds it: the name he gives, and the secret."""

    username: str
    secret: str = field(repr=False)
    id: str = ""

    def by_id(self) -> "Key":
        """Return the same key, used under its public id."""
        return replace(self, username=self.id)


@dataclass
class Court:
    """One judge, and what is true where he judges."""

    database: Database
    judge: Judge
    ledger: Ledger
    recorder: Recorder
    ada: User
    group: Group
    key: Key
    counts: Any = field(default_factory=lambda: count(1))

    def change(self, service: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Let the operator change something through a service."""
        with self.database.transaction() as transaction:
            return service(transaction, CLI, *args, **kwargs)

    def another_key(self, owner: User | None = None) -> Key:
        return _generated(self.database, owner or self.ada)

    def another_user(self, name: str = "bob", *, role: str | None = "GROUP_READ_ONLY") -> User:
        made = self.change(users.create, username=name, first_name="B", last_name="B")
        if role is not None:
            self.change(roles.grant, made, self.group, role)
        return made

    def nonce(self, *, age: int = 0, generation: bytes | None = None) -> str:
        """Return a nonce as a challenge would carry it."""
        edge = self.database.edge
        ticket = Ticket(generation or self.ledger.generation, edge.ticks() - age, edge.entropy(6))
        return nonce.issue(self.database.secrets.nonce_key, ticket)

    def signed(
        self,
        method: str = "GET",
        target: str | None = None,
        *,
        key: Key | None = None,
        nonce: str | None = None,
        nc: str | None = None,
        algorithm: str = "MD5",
        realm: str = "Keyreeve",
        uri: str | None = None,
        signed_method: str | None = None,
        **call: Any,
    ) -> Call:
        """Return a call with a right digest, but for what is asked to be wrong."""
        path = self.path() if target is None else target
        credentials = Credentials(
            username=(key or self.key).username,
            realm=realm,
            nonce=nonce or self.nonce(),
            uri=path if uri is None else uri,
            response="",
            nc=nc or f"{next(self.counts):08x}",
            cnonce="0a4f113b",
            algorithm=algorithm,
        )
        secret = (key or self.key).secret
        header = sign(credentials, secret, signed_method or method)
        return Call(method, path, header, **({"address": HOME} | call))

    def bearer(self, key: Key | None = None, **call: Any) -> Call:
        given = {"address": HOME, "private": True} | call
        header = f"Bearer {(key or self.key).secret}".encode()
        return Call("GET", self.path(), header, **given)

    def path(self, rest: str = "") -> str:
        return f"/groups/{self.group.id}{rest}"

    def decide(self, *args: Any, **kwargs: Any) -> Any:
        """Sign a call and return what is decided."""
        return self.judged(self.signed(*args, **kwargs)).decision

    def judged(self, call: Call) -> Verdict:
        """Judge as a door does: from memory if that is possible."""
        verdict = self.judge.hit(call)
        return self.judge.judge(call) if verdict is None else verdict


def sign(credentials: Credentials, secret: str, method: str) -> bytes:
    """Return the Authorization value of one who knows the secret."""
    c = credentials
    response = digest.respond(
        c,
        ha1=digest.ha1(c.algorithm, c.username, c.realm, secret),
        ha2=digest.ha2(c.algorithm, method, c.uri),
    )
    return curl(replace(c, response=response)).encode()


def curl(c: Credentials) -> str:
    """Write the field as curl does: a layout that a judge may learn."""
    quoted = [parameters.quote(text) for text in (c.username, c.realm, c.nonce, c.uri)]
    named = dict(zip(("username", "realm", "nonce", "uri"), quoted, strict=True))
    start = ", ".join(f"{name}={text}" for name, text in named.items())
    return (
        f'Digest {start}, cnonce="{c.cnonce}", nc={c.nc}, qop=auth, response="{c.response}", '
        f"algorithm={c.algorithm}"
    )


def judge_of(
    database: Database,
    *,
    ledger: Ledger | None = None,
    recorder: Recorder | None = None,
    algorithms: tuple[str, ...] = ("MD5",),
    bearer: bool = True,
    operations: Iterable[Operation] | None = OPERATIONS,
    throttle: Throttle | None = None,
    observing: Observing | None = None,
) -> Judge:
    """Return a judge who remembers nothing yet."""
    told: dict[str, Any] = {
        "algorithms": algorithms,
        "nonce_seconds": NONCE_SECONDS,
        "bearer": bearer,
        "throttle": throttle,
        "observing": observing,
    }
    seat = Observer if observing is not None and observing.everything else Judge
    return seat(
        database,
        None if operations is None else Catalogue(operations),
        ledger or ledger_of(database.edge),
        recorder or Recorder(database.records, database.edge),
        **told,
    )


def ledger_of(edge: Edge) -> Ledger:
    return DictLedger(edge, lifetime=NONCE_SECONDS * 1000)


def opened(database: Database, **judging: Any) -> Court:
    """Found the court: Ada owns an open group, has a key, and lists her address."""
    with database.transaction() as t:
        ada = users.create(
            t, CLI, username="ada@example.org", first_name="Ada", last_name="Lovelace"
        )
        group = groups.create(t, CLI, name="Engines", owner=ada, public_api_enabled=True)
        whitelists.add(t, CLI, ada, [(str(HOME), "home")])
    ledger = ledger_of(database.edge)
    recorder = Recorder(database.records, database.edge)
    judge = judge_of(database, ledger=ledger, recorder=recorder, **judging)
    return Court(database, judge, ledger, recorder, ada, group, _generated(database, ada))


def _generated(database: Database, owner: User) -> Key:
    with database.transaction() as t:
        key, secret = api_keys.generate(t, CLI, owner, "a key")
    return Key(owner.username, secret, key.id)
