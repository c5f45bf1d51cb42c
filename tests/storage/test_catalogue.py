import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from keyreeve.domain.operation import Named, Operation
from keyreeve.storage.catalogue_schema import catalogue_operations
from keyreeve.storage.database import Database

OPERATIONS = (
    Operation("list", "GET", "/groups/{g}/clusters", group=Named("g"), summary="List \u00e9."),
    Operation(
        "drop", "DELETE", "/groups/{g}/clusters/{name}", group=Named("g"), whitelisted=True,
        roles=frozenset({"GROUP_OWNER", "GROUP_DEPLOYER"}), slash_in=frozenset({"name"}),
    ),
    Operation("fixed", "GET", "/status", group=Named("5f" * 12, source="fixed"), websocket=True),
    Operation("header", "PUT", "/status", group=Named("x-group", source="header")),
    Operation("anywhere", "GET", "/" + "a" * 1999, roles=frozenset({"GROUP_READ_ONLY"})),
)  # fmt: skip


def test_operations_come_back_as_they_were_given(database: Database) -> None:
    with database.transaction() as t:
        assert (t.catalogue.operations(), t.catalogue.revision()) == ((), 0)
        t.catalogue.replace(OPERATIONS)
        t.touch()
    with database.snapshot() as s:
        assert s.catalogue.operations() == OPERATIONS


def test_a_new_catalogue_replaces_all_of_the_old_one(database: Database) -> None:
    with database.transaction() as t:
        t.catalogue.replace(OPERATIONS)
        first = t.catalogue.revision()
        t.catalogue.replace(OPERATIONS[:1])
        assert t.catalogue.operations() == OPERATIONS[:1]
        assert t.catalogue.revision() > first
        t.catalogue.replace(())
        assert t.catalogue.operations() == ()


def test_the_roles_are_those_that_are_named(database: Database) -> None:
    with database.transaction() as t:
        t.catalogue.replace(OPERATIONS)
        assert t.catalogue.roles() == {"GROUP_OWNER", "GROUP_DEPLOYER", "GROUP_READ_ONLY"}


@pytest.mark.parametrize(
    "change",
    [
        {"group_source": "query", "group_name": "x"},
        {"group_source": "path", "group_name": None},
        {"group_source": None, "group_name": "x"},
        {"method": "DELETE", "template": "/groups/{g}/clusters/{name}"},
    ],
)
def test_what_no_document_can_say_is_not_kept(
    database: Database, change: dict[str, str | None]
) -> None:
    with database.transaction() as t:
        t.catalogue.replace(OPERATIONS)
        first = sa.update(catalogue_operations).where(catalogue_operations.c.position == 0)
        with pytest.raises(IntegrityError), t.connection.begin_nested():
            t.connection.execute(first.values(**change))
