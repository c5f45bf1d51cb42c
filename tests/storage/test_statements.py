import sqlalchemy as sa

from keyreeve.storage import schema, statements
from keyreeve.storage.database import Database


def test_a_conflict_may_be_let_pass_on_every_engine(database: Database) -> None:
    with database.transaction() as t:
        head = statements.insert(t.connection, schema.audit_head).values(id=1, seq=0, mac=b"")
        for _ in range(2):
            t.connection.execute(head.on_conflict_do_nothing())
        count = sa.select(sa.func.count()).select_from(schema.audit_head)
        assert t.connection.execute(count).scalar_one() == 1
