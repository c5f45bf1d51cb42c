from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError

from keyreeve.storage import schema
from keyreeve.storage.database import Database
from storage.people import NOW, group, id_of, user

EARLY = datetime(1999, 12, 31, 23, 59, 59, 1, tzinfo=UTC)


def test_a_moment_comes_back_as_it_was_in_utc(database: Database) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-7)))
    with database.transaction() as t:
        t.users.add(user(1))
        t.connection.execute(sa.update(schema.users).values(created=elsewhere))
        (found,) = t.users.list()
    assert (found.created, found.created.utcoffset()) == (NOW, timedelta(0))


def test_moments_sort_and_compare_as_time_does(database: Database) -> None:
    moments = [
        EARLY,
        NOW - timedelta(microseconds=1),
        NOW.replace(microsecond=0),
        NOW,
        NOW.astimezone(timezone(timedelta(hours=14))) + timedelta(microseconds=1),
    ]
    with database.transaction() as t:
        for number, moment in enumerate(moments):
            t.users.add(user(number))
            t.connection.execute(
                sa.update(schema.users)
                .where(schema.users.c.id == id_of(number))
                .values(created=moment)
            )
        found = [u.created for u in t.users.list()]
        later = sa.select(sa.func.count()).where(schema.users.c.created > NOW)
        assert t.connection.execute(later).scalar_one() == 1
    assert found == sorted(moments)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    naive = NOW.replace(tzinfo=None)
    with database.transaction() as t, pytest.raises(StatementError, match="no moment"):
        t.connection.execute(sa.update(schema.users).values(created=naive))


@pytest.mark.parametrize("slot", [0, 11, -1])
def test_there_are_ten_slots(database: Database, slot: int) -> None:
    with database.transaction() as t:
        t.users.add(user(1))
        with pytest.raises(IntegrityError), t.connection.begin_nested():
            t.connection.execute(sa.insert(schema.api_keys), key_row(1, slot))
        t.connection.execute(sa.insert(schema.api_keys), key_row(1, 10))


def test_a_slot_holds_one_key(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(user(1))
        t.connection.execute(sa.insert(schema.api_keys), key_row(1, 5))
        with pytest.raises(IntegrityError), t.connection.begin_nested():
            t.connection.execute(sa.insert(schema.api_keys), key_row(2, 5))


def test_two_spellings_of_one_login_belong_to_one_user(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(user(1, "ada"))
        t.users.add(user(2, "bob"))
        row = {"name": "ADA@example.org", "folded": "ada@example.org", "user_id": id_of(2)}
        with pytest.raises(IntegrityError), t.connection.begin_nested():
            t.connection.execute(sa.insert(schema.user_names), row)


@pytest.mark.parametrize(
    "statement",
    [
        sa.insert(schema.memberships).values(group_id=id_of(9), user_id=id_of(1)),
        sa.insert(schema.group_roles).values(group_id=id_of(5), user_id=id_of(1), role="X"),
        sa.insert(schema.global_roles).values(user_id=id_of(9), role="GLOBAL_OWNER"),
        sa.insert(schema.audit_head).values(id=2, seq=0, mac=b""),
        sa.insert(schema.changes).values(epoch=1, kind="key", id=id_of(1)),
        sa.update(schema.users).values(kind="robot"),
        sa.update(schema.installation).values(sole=2),
        sa.delete(schema.users),
    ],
    ids=lambda s: str(s).split(maxsplit=3)[2],
)
def test_what_cannot_be_is_refused(database: Database, statement: sa.Executable) -> None:
    with database.transaction() as t:
        t.users.add(user(1))
        t.groups.add(group(5))
        with pytest.raises(IntegrityError), t.connection.begin_nested():
            t.connection.execute(statement)


def test_a_user_is_a_person_unless_told_otherwise(database: Database) -> None:
    with database.transaction() as t:
        t.users.add(user(1))
        kinds = t.connection.execute(sa.select(schema.users.c.kind)).scalars().all()
    assert kinds == ["person"]


def key_row(number: int, slot: int) -> dict[str, object]:
    return {
        "id": id_of(number),
        "user_id": id_of(1),
        "slot": slot,
        "bearer_digest": bytes([number]),
        "redacted": "kr_********last",
        "description": "key",
        "enabled": True,
        "created": NOW,
    }
