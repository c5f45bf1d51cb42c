from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from keyreeve.domain.audit import Actor, AuditEvent
from keyreeve.storage import schema
from keyreeve.storage.audit_log import AuditLog, Broken, Wanted
from keyreeve.storage.database import Database
from storage.people import NOW, id_of, user

EVENTS = schema.audit_events
HEAD = schema.audit_head


def event(number: int, **changes: Any) -> AuditEvent:
    given: dict[str, Any] = {
        "id": id_of(number),
        "created": NOW + timedelta(seconds=number),
        "actor": Actor("ada@example.org", user_id=id_of(1), address="192.0.2.7"),
        "action": "role.grant",
        "object_id": id_of(2),
        "group_id": id_of(5),
        "user_id": id_of(2),
        "details": {"role": "GROUP_OWNER", "force": True, "count": 3, "nothing": None},
    }
    return AuditEvent(**given | changes)


def written(database: Database, *events: AuditEvent) -> None:
    with database.transaction() as t:
        for one in events:
            t.audit_log.add(one)
        t.touch()


def verified(database: Database) -> Broken | None:
    with database.snapshot() as s:
        return s.audit_log.verify()


def tampered(database: Database, *statements: sa.Executable) -> Broken | None:
    with database.transaction() as t:
        for statement in statements:
            t.connection.execute(statement)
    return verified(database)


def test_an_event_comes_back_as_it_was_written(database: Database) -> None:
    plain = event(2, actor=Actor("cli:root"), group_id=None, user_id=None, details={})
    strange = event(3, object_id='"\\\u2028é😀', details={"name": '\u202e\\"\x7f'})
    written(database, event(1), plain, strange)
    with database.snapshot() as s:
        assert s.audit_log.list() == (strange, plain, event(1))
        assert [(link.seq, link.event) for link in s.audit_log.links()] == [
            (1, event(1)),
            (2, plain),
            (3, strange),
        ]
    assert verified(database) is None


def test_an_empty_log_is_sound(database: Database) -> None:
    assert verified(database) is None


def test_events_are_found_by_what_they_concern(database: Database) -> None:
    other = event(2, group_id=id_of(6), action="role.revoke", actor=Actor("cli:root"))
    about_nobody = event(3, user_id=None, group_id=None)
    written(database, event(1), other, about_nobody)
    with database.snapshot() as s:
        log = s.audit_log
        assert log.list(group_id=id_of(6)) == (other,)
        assert log.list(user_id=id_of(2)) == (other, event(1))
        assert log.list(user_id=id_of(1)) == (about_nobody, event(1))
        assert log.list(action="role.revoke") == (other,)
        assert log.list(since=NOW + timedelta(seconds=2)) == (about_nobody, other)
        assert log.list(limit=1) == (about_nobody,)
        assert log.list(limit=0) == ()
        assert log.list(group_id=id_of(5), action="role.revoke") == ()


CHANGES: Mapping[str, object] = {
    "id": id_of(99),
    "created": NOW - timedelta(microseconds=1),
    "actor_name": "eve@example.org",
    "actor_user_id": None,
    "actor_address": "192.0.2.8",
    "action": "role.revoke",
    "object_id": id_of(3),
    "group_id": id_of(6),
    "user_id": None,
    "details": '{"count":4,"force":true,"nothing":null,"role":"GROUP_OWNER"}',
    "mac": bytes(32),
}


def test_pages_hold_what_fits_newest_first(database: Database) -> None:
    others = {"group_id": id_of(6), "user_id": None, "actor": Actor("cli:root")}
    events = [event(1), event(2, action="group.create"), event(3), event(4, **others)]
    written(database, *events)
    with database.snapshot() as s:
        log = s.audit_log
        assert log.page(Wanted(), offset=1, limit=2) == ((events[2], events[1]), 4)
        assert log.page(Wanted(), offset=9, limit=2) == ((), 4)
        for wanted, fitting in (
            (Wanted(group_id=id_of(5)), [3, 2, 1]),
            (Wanted(user_id=id_of(1)), [3, 2, 1]),
            (Wanted(user_id=id_of(2), actions=("role.grant",)), [3, 1]),
            (Wanted(actions=()), []),
            (Wanted(since=events[1].created, until=events[2].created), [3, 2]),
        ):
            assert [e.id for e in log.page(wanted, offset=0, limit=9)[0]] == [*map(id_of, fitting)]
        assert log.get(id_of(4), Wanted(group_id=id_of(6))) == events[3]
        assert log.get(id_of(4), Wanted(group_id=id_of(5))) is None


def test_every_column_is_covered() -> None:
    assert set(CHANGES) | {"seq"} == {column.name for column in EVENTS.columns}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_event_is_named(database: Database, column: str) -> None:
    written(database, *(event(n) for n in (1, 2, 3)))
    change = sa.update(EVENTS).where(EVENTS.c.seq == 2).values({column: CHANGES[column]})
    name = id_of(99) if column == "id" else id_of(2)
    assert tampered(database, change) == Broken(2, name)


def test_a_removed_event_is_missed(database: Database) -> None:
    written(database, *(event(n) for n in (1, 2, 3)))
    assert tampered(database, sa.delete(EVENTS).where(EVENTS.c.seq == 1)) == Broken(2, id_of(2))


def test_closing_the_gap_does_not_help(database: Database) -> None:
    written(database, *(event(n) for n in (1, 2, 3)))
    broken = tampered(
        database,
        sa.delete(EVENTS).where(EVENTS.c.seq == 2),
        sa.update(EVENTS).where(EVENTS.c.seq == 3).values(seq=2),
        sa.update(HEAD).values(seq=2),
    )
    assert broken == Broken(2, id_of(3))


def test_events_do_not_change_places(database: Database) -> None:
    written(database, *(event(n) for n in (1, 2)))
    broken = tampered(
        database,
        sa.update(EVENTS).where(EVENTS.c.seq == 1).values(seq=3),
        sa.update(EVENTS).where(EVENTS.c.seq == 2).values(seq=1),
        sa.update(EVENTS).where(EVENTS.c.seq == 3).values(seq=2),
    )
    assert broken == Broken(1, id_of(2))


@pytest.mark.parametrize("head", ["left", "moved", "forged", "removed"])
def test_a_chain_cut_short_is_missed_at_its_end(database: Database, head: str) -> None:
    written(database, *(event(n) for n in (1, 2, 3)))
    with database.snapshot() as s:
        second = list(s.audit_log.links())[1]
    cut = sa.delete(EVENTS).where(EVENTS.c.seq == 3)
    ends = {
        "left": [],
        "moved": [sa.update(HEAD).values(seq=2)],
        "forged": [sa.update(HEAD).values(seq=2, mac=second.mac)],
        "removed": [sa.delete(HEAD)],
    }
    assert tampered(database, cut, *ends[head]) == Broken(3, None)


def test_an_event_of_another_history_does_not_fit_in(database: Database) -> None:
    """As from a backup: written under the right key, in the right place, but not followed."""
    second = sa.select(EVENTS).where(EVENTS.c.seq == 2)
    with database.transaction() as t:
        t.audit_log.add(event(1))
        with t.connection.begin_nested() as undone:
            t.audit_log.add(event(4))
            other = dict(t.connection.execute(second).mappings().one())
            undone.rollback()
        t.audit_log.add(event(2))
        t.audit_log.add(event(3))
        t.touch()
    broken = tampered(
        database,
        sa.delete(EVENTS).where(EVENTS.c.seq == 2),
        sa.insert(EVENTS).values(other),
    )
    assert broken == Broken(3, id_of(3))


def test_a_log_that_is_gone_altogether_is_missed(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(user(1))
        t.audit_log.add(event(1))
    assert tampered(database, sa.delete(EVENTS), sa.delete(HEAD)) == Broken(1, None)


def test_an_event_made_under_another_key_is_named(database: Database) -> None:
    written(database, event(1))
    with database.transaction() as t:
        AuditLog(t.connection, b"another" * 5).add(event(2))
    assert verified(database) == Broken(2, id_of(2))


def test_a_chain_whose_end_was_removed_takes_nothing_more(database: Database) -> None:
    written(database, event(1))
    tampered(database, sa.delete(HEAD))
    with pytest.raises(IntegrityError):
        written(database, event(2))


def test_a_change_and_its_event_are_made_together_or_not_at_all(database: Database) -> None:
    with pytest.raises(IntegrityError):
        written(database, event(1), event(1))
    with database.snapshot() as s:
        assert s.audit_log.list() == ()
    written(database, event(2))
    assert verified(database) is None


def test_many_writers_make_one_chain(database: Database) -> None:
    numbers = count(1)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: written(database, event(next(numbers))), range(60)))
    with database.snapshot() as s:
        assert [link.seq for link in s.audit_log.links()] == list(range(1, 61))
    assert verified(database) is None
