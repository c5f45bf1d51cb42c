import json

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from keyreeve.domain.errors import AuditEventNotFound
from keyreeve.domain.group import Group
from keyreeve.services import audit, groups
from keyreeve.storage import schema
from keyreeve.storage.audit_log import Broken, Wanted
from keyreeve.storage.database import Database
from services.people import CLI, acting, house, made


def test_events_are_listed_by_who_and_what_newest_first(database: Database) -> None:
    with database.transaction() as t:
        group, ada, bob = house(t, "bob:GROUP_READ_ONLY")
        groups.set_public_api(t, acting(ada), group, enabled=True)
    with database.snapshot() as s:
        assert [e.action for e in audit.list(s, group_id=group.id)] == [
            "group.set_public_api",
            "role.grant",
            "group.create",
        ]
        assert [e.action for e in audit.list(s, user_id=bob.id)] == ["role.grant", "user.create"]
        assert [e.action for e in audit.list(s, user_id=ada.id, limit=1)] == [
            "group.set_public_api"
        ]
        assert len(audit.list(s, action="user.create")) == 2


def test_an_export_is_one_line_an_event_whatever_stands_in_it(database: Database) -> None:
    with database.transaction() as t:
        groups.create(t, CLI, name='"\\ \u202e\x1b[31m'.replace("\x1b", ""), owner=None)
        made(t)
    with database.snapshot() as s:
        lines = list(audit.export(s))
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert [json.loads(line)["seq"] for line in lines] == [1, 2]
    assert json.loads(lines[0])["details"]["name"] == '"\\ \u202e[31m'


def test_verification_names_the_first_broken_event(database: Database) -> None:
    with database.transaction() as t:
        _, ada = house(t)
        assert audit.verify(t) is None
        broken = audit.list(t, action="user.create")[0]
        t.connection.execute(
            sa.update(schema.audit_events)
            .where(schema.audit_events.c.id == broken.id)
            .values(actor_name="cli:somebody.else")
        )
        assert audit.verify(t) == Broken(1, broken.id)
        assert broken.user_id == ada.id


def test_a_change_whose_event_cannot_be_written_is_not_made(database: Database) -> None:
    with database.transaction() as t:
        group, _ = house(t)
        t.connection.execute(sa.delete(schema.audit_head))
    epoch = database.counter()
    with pytest.raises(IntegrityError):
        opened(database, group)
    with database.snapshot() as s:
        assert not groups.find(s, group.id).public_api_enabled
        assert s.epoch == epoch


def opened(database: Database, group: Group) -> None:
    with database.transaction() as t:
        groups.set_public_api(t, CLI, group, enabled=True)


def test_one_event_is_found_where_it_fits(database: Database) -> None:
    with database.transaction() as t:
        group, ada, bob = house(t, "bob:GROUP_READ_ONLY")
    with database.snapshot() as s:
        here = Wanted(group_id=group.id)
        found, total = audit.page(s, here, offset=0, limit=1)
        assert ([e.action for e in found], total) == (["role.grant"], 2)
        assert audit.get(s, here, found[0].id) == found[0]
        assert audit.get(s, Wanted(user_id=bob.id), found[0].id) == found[0]
        for wanted, event_id in ((Wanted(user_id=ada.id), found[0].id), (here, "0" * 24)):
            with pytest.raises(AuditEventNotFound):
                audit.get(s, wanted, event_id)
