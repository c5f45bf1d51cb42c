"""The throwaway installation of the demo: who is in it, and what each of them can show."""

import base64
import shlex
from dataclasses import dataclass, field

from keyreeve.cli.installations import actor
from keyreeve.domain.role import GROUP_OWNER, GROUP_READ_ONLY
from keyreeve.domain.user import User
from keyreeve.services import api_keys, groups, roles, users, whitelists
from keyreeve.services.users import PasswordHash
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Transaction

PASSWORD_BYTES = 10
"""80 random bits: 16 letters and digits without padding."""
BASE = "/api/public/v1.0"
ELSEWHERE = "203.0.113.0/24"
"""A range for documentation (RFC 5737): nobody calls from there."""

# No settings of the user's own, no proxy; the body, then the status on a line of its own.
_CURL = "curl -q -sS --noproxy '*' -w '\\n%{http_code}\\n'"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the demo, his one key, and his password for the console."""

    user: User
    key: str = field(repr=False)
    password: str = field(repr=False)
    about: str


@dataclass(frozen=True, slots=True)
class Playground:
    """Everything the demo made."""

    owner: Person
    reader: Person
    traveller: Person
    open_group: str
    closed_group: str

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody in it."""
        return (self.owner, self.reader, self.traveller)


@dataclass(frozen=True, slots=True)
class Step:
    """One command to try, and the status it ends with."""

    status: int
    title: str
    command: str


def furnish(database: Database) -> Playground:
    """Make groups, users, roles, keys and whitelist entries."""
    passwords = {name: _password(database) for name in ("ada", "bob", "cleo")}
    hashes = {name: users.hashed(password) for name, password in passwords.items()}
    with database.transaction() as t:
        made = {name: _user(t, name, hash_) for name, hash_ in hashes.items()}
    with database.transaction() as t:
        opened = groups.create(
            t, actor(), name="demo", owner=made["ada"], public_api_enabled=True, external_id="demo"
        )
    with database.transaction() as t:
        closed = groups.create(t, actor(), name="closed", owner=made["ada"])
    for name, role in (("bob", GROUP_READ_ONLY), ("cleo", GROUP_OWNER)):
        with database.transaction() as t:
            roles.grant(t, actor(), made[name], opened, role)
    for name, entry in (("ada", "127.0.0.1"), ("cleo", ELSEWHERE)):
        with database.transaction() as t:
            whitelists.add(t, actor(), made[name], [(entry, "made by the demo")])
    return Playground(
        _person(
            database,
            made["ada"],
            passwords["ada"],
            'Owner of "demo" and "closed"; whitelist: 127.0.0.1',
        ),
        _person(database, made["bob"], passwords["bob"], 'reads in "demo"; whitelist: empty'),
        _person(
            database, made["cleo"], passwords["cleo"], f'Owner of "demo"; whitelist: {ELSEWHERE}'
        ),
        opened.id,
        closed.id,
    )


def steps(made: Playground, url: str) -> tuple[Step, ...]:
    """Return what to try, in an order that makes sense."""
    api = url + BASE
    ada, bob, cleo = made.people
    group, closed = f"{api}/groups/{made.open_group}", f"{api}/groups/{made.closed_group}"
    return (
        Step(200, "Ada's key proves her, and she is in the group.", _get(group, ada)),
        Step(401, "Without a key nobody gets in.", f"{_CURL} {group}"),
        Step(401, "Nor with a key that is not hers.", _get(group, ada, key=bob.key)),
        Step(200, "Bob may read.", _get(group, bob)),
        Step(403, "ROLE: Bob only reads, and this operation needs an Owner.", _post(api, bob)),
        Step(
            403,
            "ADDRESS: Cleo is an Owner, but you do not call from an address on her whitelist.",
            _post(api, cleo),
        ),
        Step(201, "Ada is an Owner, and 127.0.0.1 is on her whitelist.", _post(api, ada)),
        Step(
            403, "GROUP: the public API of this one is off, even for its Owner.", _get(closed, ada)
        ),
        Step(
            200,
            "The same key as a bearer token.",
            f"{_CURL} -H 'Authorization: Bearer {ada.key}' {group}",
        ),
    )


def guarded_steps(made: Playground, url: str) -> tuple[Step, ...]:
    """Return what to try at the clusters API of examples/, which Keyreeve guards."""
    clusters = f"{url}/v1/groups/demo/clusters"
    ada, bob, cleo = made.people
    create, delete = """-d '{"name": "orders"}' """, "-X DELETE "
    return (
        Step(401, "Without a key nobody gets in.", f"{_CURL} {clusters}"),
        Step(201, "Ada creates a cluster.", _get(create + clusters, ada)),
        Step(200, "Bob reads it.", _get(clusters, bob)),
        Step(403, "ROLE: he may not create one.", _get(create + clusters, bob)),
        Step(
            403,
            "ADDRESS: to delete one is a whitelisted operation, and Cleo's list knows others.",
            _get(f"{delete}{clusters}/orders", cleo),
        ),
        Step(
            404,
            "CATALOGUE: what its document does not mention is denied to everybody.",
            _get(f"{clusters}/orders/secrets", ada),
        ),
        Step(
            204, "Ada deletes it, from an address on hers.", _get(f"{delete}{clusters}/orders", ada)
        ),
    )


def _password(database: Database) -> str:
    return base64.b32encode(database.edge.entropy(PASSWORD_BYTES)).decode().lower()


def _user(t: Transaction, name: str, password: PasswordHash) -> User:
    return users.create(
        t,
        actor(),
        username=f"{name}@example.org",
        first_name=name.capitalize(),
        last_name="Demo",
        password=password,
    )


def _person(database: Database, user: User, password: str, about: str) -> Person:
    with database.transaction() as t:
        _, secret = api_keys.generate(t, actor(), user, "demo")
    return Person(user, secret, password, about)


def _get(url: str, who: Person, *, key: str | None = None) -> str:
    return f"{_CURL} --digest -u {_credentials(who, key)} {url}"


def _post(api: str, who: Person) -> str:
    """Return the call of a whitelisted operation: add an address to one's own whitelist."""
    return (
        f"{_CURL} --digest -u {_credentials(who)} -H 'Content-Type: application/json' "
        f"""-d '[{{"ipAddress": "198.51.100.7"}}]' {api}/users/{who.user.id}/whitelist"""
    )


def _credentials(who: Person, key: str | None = None) -> str:
    return shlex.quote(f"{who.user.username}:{key or who.key}")
