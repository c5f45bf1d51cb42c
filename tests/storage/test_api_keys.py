import itertools
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from keyreeve.domain.api_key import LIMIT
from keyreeve.domain.errors import ApiKeyLimitReached
from keyreeve.domain.user import User
from keyreeve.settings import Settings
from keyreeve.storage import engines, schema
from keyreeve.storage.api_keys import ApiKeys, KeyProof
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Transaction
from storage.people import id_of, key, user

CONCURRENT = 200
CONTROLS = 20
ADA, EVE = user(1, "ada"), user(2, "eve")


def kept(t: Transaction, number: int, owner: User = ADA, *, enabled: bool = True) -> None:
    proofs = [KeyProof(owner.username, a, b"sealed") for a in ("MD5", "SHA-256")]
    made = key(number, owner, enabled=enabled)
    t.api_keys.add(made, bearer_digest=number.to_bytes(4), proofs=proofs)


@pytest.fixture
def peopled(database: Database) -> Database:
    with database.transaction() as t:
        t.users.add(ADA)
        t.users.add(EVE)
    return database


def test_a_key_comes_back_as_it_was_kept(peopled: Database) -> None:
    with peopled.transaction() as t:
        for number in (12, 10, 11):
            kept(t, number, enabled=number != 11)
        kept(t, 13, EVE)
    with peopled.snapshot() as s:
        found = (key(10, ADA), key(11, ADA, enabled=False), key(12, ADA))
        assert s.api_keys.list(ADA.id) == found
        assert s.api_keys.get(ADA.id, id_of(11)) == found[1]


def test_a_key_takes_the_first_free_slot(peopled: Database) -> None:
    with peopled.transaction() as t:
        for number in range(10, 20):
            kept(t, number)
        assert t.api_keys.remove(ADA.id, id_of(13))
        assert t.api_keys.remove(ADA.id, id_of(17))
        kept(t, 30)
        slot = sa.select(schema.api_keys.c.slot).where(schema.api_keys.c.id == id_of(30))
        assert t.connection.execute(slot).scalar_one() == 4


def test_an_eleventh_key_finds_no_slot_and_disabled_ones_hold_theirs(peopled: Database) -> None:
    with peopled.transaction() as t:
        for number in range(10, 20):
            kept(t, number, enabled=number % 2 == 0)
        with pytest.raises(ApiKeyLimitReached):
            kept(t, 20)
        kept(t, 21, EVE)
        assert len(t.api_keys.list(ADA.id)) == LIMIT


def test_two_keys_of_one_digest_are_never_kept(peopled: Database) -> None:
    with peopled.transaction() as t:
        kept(t, 10)
        with pytest.raises(IntegrityError), t.connection.begin_nested():
            t.api_keys.add(key(11, EVE), bearer_digest=(10).to_bytes(4), proofs=[])


def test_a_removed_key_takes_its_proofs_with_it(peopled: Database) -> None:
    with peopled.transaction() as t:
        kept(t, 10)
        kept(t, 11)
        t.api_keys.remove(ADA.id, id_of(10))
        left = t.connection.execute(sa.select(schema.api_key_proofs.c.key_id)).scalars()
        assert set(left) == {id_of(11)}


def test_a_key_is_its_owners_alone(peopled: Database) -> None:
    with peopled.transaction() as t:
        kept(t, 10)
        assert t.api_keys.get(EVE.id, id_of(10)) is None
        t.api_keys.set_enabled(EVE.id, id_of(10), enabled=False)
        t.api_keys.set_description(EVE.id, id_of(10), "hers")
        assert not t.api_keys.remove(EVE.id, id_of(10))
        assert t.api_keys.list(ADA.id) == (key(10, ADA),)
        t.api_keys.set_enabled(ADA.id, id_of(10), enabled=False)
        t.api_keys.set_description(ADA.id, id_of(10), "his")
        changed = replace(key(10, ADA), enabled=False, description="his")
        assert t.api_keys.list(ADA.id) == (changed,)


def test_every_statement_on_keys_and_whitelists_names_the_owner(peopled: Database) -> None:
    owned = {"api_keys", "whitelist_entries"}
    from storage.test_whitelists import HOME, entry  # noqa: PLC0415 - rows of a neighbour

    with peopled.transaction() as t, statements(t.connection) as seen:
        kept(t, 10)
        t.api_keys.list(ADA.id)
        t.api_keys.get(ADA.id, id_of(10))
        t.api_keys.set_enabled(ADA.id, id_of(10), enabled=False)
        t.api_keys.set_description(ADA.id, id_of(10), "x")
        t.api_keys.remove(ADA.id, id_of(10))
        t.whitelists.add(entry(10, 1, HOME))
        t.whitelists.entries(ADA.id)
        t.whitelists.get(ADA.id, HOME)
        t.whitelists.remove(ADA.id, HOME)
    on_owned = [text for text in seen if any(f"{name}" in text.split() for name in owned)]
    assert len(on_owned) >= 10
    for text in on_owned:
        assert text.startswith("INSERT") or "user_id = " in text.partition("WHERE")[2], text


@contextmanager
def statements(connection: sa.Connection) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection, "before_cursor_execute", note)


class TestRace:
    """200 threads, none of which waits for another but in the database."""

    def test_exactly_ten_keys_are_kept(self, peopled: Database, settings: Settings) -> None:
        race_for_slots(peopled, settings, rounds=5)

    @pytest.mark.hunt
    @pytest.mark.timeout(3600)
    def test_exactly_ten_keys_are_kept_every_time(
        self, peopled: Database, settings: Settings
    ) -> None:
        race_for_slots(peopled, settings, rounds=100)

    def test_whoever_counts_first_and_inserts_then_keeps_more(
        self, peopled: Database, settings: Settings
    ) -> None:
        """The control: the same race without the constraint must go wrong."""
        scratch = sa.Table("scratch_keys", sa.MetaData(), sa.Column("id", sa.String(24)))
        count = sa.select(sa.func.count()).select_from(scratch)
        with peopled.transaction() as t:
            scratch.create(t.connection)

        def generate(connection: sa.Connection, number: int) -> bool:
            with connection.begin():
                if connection.execute(count).scalar_one() >= LIMIT:
                    return False
            with connection.begin():
                connection.execute(sa.insert(scratch), {"id": id_of(number)})
            return True

        with connections(settings) as opened:
            for _ in range(CONTROLS):
                with peopled.transaction() as t:
                    t.connection.execute(sa.delete(scratch))
                made = race(opened, generate)
                with peopled.snapshot() as s:
                    assert s.connection.execute(count).scalar_one() == made[True]
                if made[True] > LIMIT:
                    return
        pytest.fail("this race finds nothing")


def race_for_slots(database: Database, settings: Settings, *, rounds: int) -> None:
    numbers = itertools.count(100)
    with connections(settings) as opened:
        for _ in range(rounds):
            owner = user(next(numbers))
            with database.transaction() as t:
                t.users.add(owner)

            def generate(connection: sa.Connection, _: int, owner: User = owner) -> bool:
                number = next(numbers)
                try:
                    with connection.begin():
                        ApiKeys(connection).add(
                            key(number, owner),
                            bearer_digest=number.to_bytes(4),
                            proofs=[KeyProof("name", "MD5", b"sealed")],
                        )
                except ApiKeyLimitReached:
                    return False
                return True

            assert race(opened, generate) == {True: LIMIT, False: CONCURRENT - LIMIT}
            with database.snapshot() as s:
                assert len(s.api_keys.list(owner.id)) == LIMIT


def race(
    opened: list[sa.Connection], generate: Callable[[sa.Connection, int], bool]
) -> Counter[bool]:
    """Let 200 threads, each with a connection of its own, start at once; count what they tell."""
    start = threading.Barrier(CONCURRENT)

    def run(connection: sa.Connection, number: int) -> bool:
        start.wait(60)
        return generate(connection, number)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # so that threads take turns in the midst of things
    try:
        with ThreadPoolExecutor(CONCURRENT) as pool:
            return Counter(pool.map(run, opened, range(CONCURRENT)))
    finally:
        sys.setswitchinterval(interval)


@contextmanager
def connections(settings: Settings) -> Iterator[list[sa.Connection]]:
    with ExitStack() as stack:
        ways = [engines_of(settings) for _ in range(nodes_for(settings))]
        for way in ways:
            stack.callback(way.dispose)
        yield [
            stack.enter_context(way.writer.connect())
            for way in itertools.islice(itertools.cycle(ways), CONCURRENT)
        ]


def nodes_for(settings: Settings) -> int:
    """A process has one connection that writes to SQLite, and many that write to PostgreSQL."""
    return CONCURRENT if settings.database_file else 4


def engines_of(settings: Settings) -> engines.Engines:
    if settings.database_file:
        return engines.embedded(settings.database_file)
    return engines.hosted(sa.make_url(settings.database_url))
