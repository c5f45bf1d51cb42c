"""What one decision costs when nothing needs to be looked up, beside one MD5 of this machine.

A thousand users, each with his own key and nonce, call different targets of one API as curl does.
Everything is on: replay window, roles, whitelist of ten networks, freshness check, throttle,
recorder.

    .venv/bin/python bench/decision.py
"""

import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from keyreeve import settings
from keyreeve.app import edge
from keyreeve.domain.audit import Actor
from keyreeve.domain.catalogue import Catalogue
from keyreeve.domain.group import Group
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.throttle import Limit
from keyreeve.domain.user import User
from keyreeve.judge.call import Call
from keyreeve.judge.judge import Judge
from keyreeve.judge.ledger import DictLedger
from keyreeve.judge.recorder import Recorder
from keyreeve.judge.throttle import Throttle
from keyreeve.protocol import address, digest, nonce
from keyreeve.protocol.digest import Credentials
from keyreeve.protocol.nonce import Ticket
from keyreeve.services import api_keys, groups, roles, users, whitelists
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Transaction

USERS = 1_000
GROUPS = 20
ROUNDS = 100
GOAL = 6.0
CLI = Actor("cli:bench")
HOME = address.parse_address("10.3.0.9")
NETWORKS = [(f"10.{n}.0.0/16", "") for n in range(10)]
FAILURES, CALLS = Limit(burst=300, per_second=5), Limit(burst=1000, per_second=200)
OWNER = frozenset({"GROUP_OWNER"})
OPERATIONS = (
    Operation("get_thing", "GET", "/v1/groups/{group}/things/{thing}", group=Named("group")),
    Operation(
        "drop_thing",
        "DELETE",
        "/v1/groups/{group}/things/{thing}",
        OWNER,
        whitelisted=True,
        group=Named("group"),
    ),
)


@dataclass
class Caller:
    """One client: its key, and the nonce it goes on using."""

    username: str
    secret: str
    group: str
    nonce: str = ""
    nc: int = 0

    def call(self, method: str, algorithm: str, realm: str) -> Call:
        """Make the next call, with a target of its own."""
        self.nc += 1
        target = f"/v1/groups/{self.group}/things/{self.nc:06d}?page={self.nc}"
        c = Credentials(
            self.username,
            realm,
            self.nonce,
            target,
            "",
            f"{self.nc:08x}",
            "MGY0MTEzYg==",
            algorithm,
        )
        ha1 = digest.ha1(algorithm, self.username, realm, self.secret)
        response = digest.respond(c, ha1=ha1, ha2=digest.ha2(algorithm, method, target))
        header = (
            f'Digest username="{c.username}", realm="{realm}", nonce="{c.nonce}", uri="{target}", '
            f'cnonce="{c.cnonce}", nc={c.nc}, qop=auth, response="{response}", '
            f"algorithm={algorithm}"
        )
        return Call(method, target, header.encode(), HOME)


def main() -> int:
    """Measure, print, and tell by the exit status whether the goal is met."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        environ = {"KEYREEVE_DATABASE_URL": f"sqlite:///{folder}/keyreeve.db"}
        database = Database.open(settings.load(environ), edge.real(), upgrade=True)
        callers = list(_callers(database))
        print(f"hashlib.md5 of 100 bytes           {_md5():6.2f} us")
        met = True
        for algorithm in digest.ALGORITHMS:
            for method in ("GET", "DELETE"):
                took = _decisions(database, callers, method, algorithm)
                kind = "whitelisted" if method == "DELETE" else "plain"
                print(f"one decision, {algorithm:7} {kind:11}  {took:6.2f} us")
                met = met and (took < GOAL or (algorithm, method) != ("MD5", "GET"))
        database.close()
    return 0 if met else 1


def _callers(database: Database) -> Iterator[Caller]:
    with database.transaction() as t:
        made = [_group(t, number) for number in range(GROUPS)]
        for number in range(USERS):
            group = made[number % GROUPS]
            user = _user(t, number, group)
            _, secret = api_keys.generate(t, CLI, user, "bench")
            yield Caller(user.username, secret, group.id)


def _group(t: Transaction, number: int) -> Group:
    return groups.create(t, CLI, name=f"group {number}", owner=None, public_api_enabled=True)


def _user(t: Transaction, number: int, group: Group) -> User:
    name = f"user{number}@example.org"
    user = users.create(t, CLI, username=name, first_name="B", last_name="B")
    roles.grant(t, CLI, user, group, "GROUP_OWNER")
    whitelists.add(t, CLI, user, NETWORKS)
    return user


def _decisions(database: Database, callers: list[Caller], method: str, algorithm: str) -> float:
    """Return the median over rounds of one call of each user, in microseconds a call."""
    ledger = DictLedger(database.edge, lifetime=300_000)
    recorder = Recorder(database.records, database.edge)
    judge = Judge(
        database,
        Catalogue(OPERATIONS),
        ledger,
        recorder,
        algorithms=digest.ALGORITHMS,
        nonce_seconds=300,
        bearer=True,
        throttle=Throttle(database.edge.ticks, failures=FAILURES, calls=CALLS),
    )
    realm = database.installation.realm
    recorder.start()
    for caller in callers:
        ticket = Ticket(ledger.generation, database.edge.ticks(), database.edge.entropy(6))
        caller.nonce = nonce.issue(database.secrets.nonce_key, ticket)
        judge.judge(caller.call(method, algorithm, realm))
    rounds = []
    for _ in range(ROUNDS):
        calls = [caller.call(method, algorithm, realm) for caller in callers]
        _check(judge, calls.pop())
        rounds.append(_time(judge.hit, calls))
    recorder.stop()
    return statistics.median(rounds)


def _check(judge: Judge, call: Call) -> None:
    """Make sure that what is measured is an Allow from memory."""
    verdict = judge.hit(call)
    assert verdict is not None
    assert verdict.subject is not None


def _time(decide: Callable[[Call], object], calls: list[Call]) -> float:
    begun = time.process_time_ns()
    for call in calls:
        decide(call)
    return (time.process_time_ns() - begun) / len(calls) / 1000


def _md5() -> float:
    data = bytes(100)
    rounds = []
    for _ in range(ROUNDS):
        begun = time.process_time_ns()
        for _ in range(1000):
            hashlib.md5(data).hexdigest()
        rounds.append((time.process_time_ns() - begun) / 1000 / 1000)
    return statistics.median(rounds)


if __name__ == "__main__":
    sys.exit(main())
