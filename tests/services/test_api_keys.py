import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path

import pytest
import sqlalchemy as sa

from keyreeve.domain.api_key import LIMIT
from keyreeve.domain.edge import Edge
from keyreeve.domain.errors import (
    ApiKeyLimitReached,
    ApiKeyNotFound,
    InvalidDescription,
    UserDisabled,
)
from keyreeve.protocol import address, digest, token
from keyreeve.services import api_keys, users
from keyreeve.settings import Settings
from keyreeve.storage.database import Database
from keyreeve.storage.records import Batch, Count
from services.people import CLI, NOBODY, changed, made, told

CONCURRENT = 200
NODES = 4


class TestGenerate:
    def test_the_key_is_returned_once_and_proves_its_owner(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            key, secret = api_keys.generate(t, CLI, ada, " for the laptop ")
        assert token.is_well_formed(secret)
        assert (key.user_id, key.description, key.enabled) == (ada.id, "for the laptop", True)
        assert key.redacted == token.redact(secret)
        with database.snapshot() as s:
            assert s.api_keys.list(ada.id) == (key,)
            found = s.subjects.by_bearer(s.secrets.bearer_digest(secret))
            assert found is not None
            assert (found[0].subject.user_id, found[1:]) == (ada.id, (key.id, True))

    @pytest.mark.parametrize("algorithm", digest.ALGORITHMS)
    def test_it_proves_itself_under_the_login_and_under_its_own_id(
        self, database: Database, algorithm: str
    ) -> None:
        with database.transaction() as t:
            ada = made(t)
            key, secret = api_keys.generate(t, CLI, ada, "laptop")
            for name in (ada.username, key.id):
                stored = t.subjects.by_name(name)
                assert stored is not None
                (credential,) = [c for c in stored.credentials if c.algorithm == algorithm]
                assert credential.ha1 == digest.ha1(algorithm, name, t.realm, secret)
                assert (credential.key_id, credential.name) == (key.id, name)

    def test_a_key_made_under_an_old_login_goes_on_under_it(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            old, _ = api_keys.generate(t, CLI, ada, "old")
            users.rename(t, CLI, ada, "lovelace@example.org")
            new, _ = api_keys.generate(t, CLI, ada, "new")
            for name, key in (("ada@example.org", old), ("lovelace@example.org", new)):
                stored = t.subjects.by_name(name)
                assert stored is not None
                assert {c.key_id for c in stored.credentials} == {key.id}

    def test_an_eleventh_key_is_refused_and_disabled_ones_count(self, database: Database) -> None:
        with database.transaction() as t:
            ada, bob = made(t), made(t, "bob")
            keys = [api_keys.generate(t, CLI, ada, f"key {n}")[0] for n in range(LIMIT)]
            api_keys.set_enabled(t, CLI, ada, keys[3].id, enabled=False)
            with pytest.raises(ApiKeyLimitReached, match="10"):
                api_keys.generate(t, CLI, ada, "one too many")
            assert len(t.api_keys.list(ada.id)) == LIMIT
            api_keys.generate(t, CLI, bob, "another's")

    def test_a_deleted_key_makes_room(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            keys = [api_keys.generate(t, CLI, ada, f"key {n}")[0] for n in range(LIMIT)]
            api_keys.delete(t, CLI, ada, keys[4].id)
            api_keys.generate(t, CLI, ada, "in its place")
            with pytest.raises(ApiKeyLimitReached):
                api_keys.generate(t, CLI, ada, "one too many")

    def test_a_disabled_user_makes_none(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            users.disable(t, CLI, ada)
            with pytest.raises(UserDisabled):
                api_keys.generate(t, CLI, ada, "late")

    @pytest.mark.parametrize("text", ["", "  ", "x" * 256, "a\nb", "a\u2028b"])
    def test_a_description_is_needed(self, database: Database, text: str) -> None:
        with database.transaction() as t:
            ada = made(t)
            with pytest.raises(InvalidDescription):
                api_keys.generate(t, CLI, ada, text)

    def test_the_key_is_in_no_row_event_or_repr(self, database: Database, tmp_path: Path) -> None:
        with database.transaction() as t:
            ada = made(t)
            key, secret = api_keys.generate(t, CLI, ada, "laptop")
            stored = t.subjects.by_name(ada.username)
            assert stored is not None
            canaries = [secret, secret[3:-4], *(c.ha1 for c in stored.credentials)]
            shown = repr((key, stored, told(t), t.secrets, everything(t.connection)))
        for canary in canaries:
            assert canary not in shown
            for file in tmp_path.iterdir():
                assert canary.encode() not in file.read_bytes()
        assert "laptop" in shown


class TestOwner:
    """Every verb on a key asks whose it is."""

    @pytest.mark.parametrize("whose", ["another's", "nobody's"])
    def test_no_user_reaches_the_key_of_another(self, database: Database, whose: str) -> None:
        with database.transaction() as t:
            ada, eve = made(t), made(t, "eve")
            key, _ = api_keys.generate(t, CLI, ada, "laptop")
            target = key.id if whose == "another's" else NOBODY
            verbs: list[Callable[[], object]] = [
                lambda: api_keys.set_enabled(t, CLI, eve, target, enabled=False),
                lambda: api_keys.describe(t, CLI, eve, target, "hers"),
                lambda: api_keys.delete(t, CLI, eve, target),
            ]
            for verb in verbs:
                with pytest.raises(ApiKeyNotFound):
                    verb()
            assert t.api_keys.list(ada.id) == (key,)

    def test_a_disabled_user_still_disables_and_deletes(self, database: Database) -> None:
        with database.transaction() as t:
            ada = made(t)
            key, _ = api_keys.generate(t, CLI, ada, "laptop")
            users.disable(t, CLI, ada)
            assert not api_keys.set_enabled(t, CLI, ada, key.id, enabled=False).enabled
            api_keys.delete(t, CLI, ada, key.id)
            assert t.api_keys.list(ada.id) == ()


class TestList:
    def test_each_key_comes_with_its_last_use(self, database: Database, edge: Edge) -> None:
        with database.transaction() as t:
            ada = made(t)
            used, _ = api_keys.generate(t, CLI, ada, "used")
            api_keys.generate(t, CLI, ada, "never used")
        caller = address.parse_address("192.0.2.7")
        moment = edge.now() + timedelta(seconds=1)
        minute = moment.replace(second=0)
        count = Count(used.id, "groups", caller, minute, 3, moment, "d1")
        database.records.write(Batch(counts=[count]))
        with database.snapshot() as s:
            found = {k.description: k for k in api_keys.list(s, database.records, ada)}
        assert (found["used"].last_used, found["used"].last_used_address) == (moment, "192.0.2.7")
        assert found["never used"].last_used is None


def test_each_use_leaves_one_event_and_tells_the_judge(database: Database) -> None:
    with database.transaction() as t:
        ada = made(t)
        key, _ = api_keys.generate(t, CLI, ada, "laptop")
        assert [e.action for e in told(t)] == ["user.create", "api_key.generate"]
    uses = [
        ("api_key.disable", lambda t: api_keys.set_enabled(t, CLI, ada, key.id, enabled=False)),
        ("api_key.enable", lambda t: api_keys.set_enabled(t, CLI, ada, key.id, enabled=True)),
        ("api_key.describe", lambda t: api_keys.describe(t, CLI, ada, key.id, "desk")),
    ]
    for action, use in uses:
        epoch = database.counter()
        for _ in range(2):
            with database.transaction() as t:
                use(t)
        assert database.counter() == epoch + 1
        assert changed(database, epoch) == {("user", ada.id)}
        with database.snapshot() as s:
            assert (told(s)[-1].action, told(s)[-1].object_id) == (action, key.id)
    epoch = database.counter()
    with database.transaction() as t:
        api_keys.delete(t, CLI, ada, key.id)
        assert told(t)[-1].action == "api_key.delete"
    assert changed(database, epoch) == {("user", ada.id)}


def test_many_generations_at_once_leave_exactly_ten_keys(
    database: Database, settings: Settings, edge: Edge
) -> None:
    generate_at_once(database, settings, edge, rounds=2)


@pytest.mark.hunt
@pytest.mark.timeout(3600)
def test_however_often_many_generate_at_once_there_are_ten_keys(
    database: Database, settings: Settings, edge: Edge
) -> None:
    generate_at_once(database, settings, edge, rounds=100)


def generate_at_once(database: Database, settings: Settings, edge: Edge, *, rounds: int) -> None:
    """Let 200 threads, on four databases that share no lock, generate keys for one user."""
    with ThreadPoolExecutor(CONCURRENT) as pool, opened(settings, edge) as nodes:
        for number in range(rounds):
            with database.transaction() as t:
                ada = made(t, f"ada{number}")
            start = threading.Barrier(CONCURRENT)

            def generate(
                node: Database, start: threading.Barrier = start, ada: users.User = ada
            ) -> str:
                start.wait(60)
                try:
                    with node.transaction() as t:
                        api_keys.generate(t, CLI, ada, "race")
                except ApiKeyLimitReached:
                    return "refused"
                return "made"

            done = Counter(pool.map(generate, islice(cycle(nodes), CONCURRENT)))
            assert done == {"made": LIMIT, "refused": CONCURRENT - LIMIT}
            with database.snapshot() as s:
                assert len(s.api_keys.list(ada.id)) == LIMIT
                assert s.audit_log.verify() is None


@contextmanager
def opened(settings: Settings, edge: Edge) -> Iterator[list[Database]]:
    with ExitStack() as stack:
        nodes = [Database.open(settings, edge) for _ in range(NODES)]
        for node in nodes:
            stack.callback(node.close)
        yield nodes


def everything(connection: sa.Connection) -> list[object]:
    tables = sa.inspect(connection).get_table_names()
    return [list(connection.execute(sa.text(f'SELECT * FROM "{name}"'))) for name in tables]
