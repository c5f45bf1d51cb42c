"""What is said to a store of access records."""

import random
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from keyreeve.storage import record_file, record_schema, record_statements
from keyreeve.storage.observation_room import Room
from keyreeve.storage.records import Batch
from storage import recording

DAY = date(2026, 11, 24)


def test_a_day_before_hops_were_kept_has_none(tmp_path: Path) -> None:
    record_file.prepare(tmp_path / "day.db", record_schema.metadata)
    denied = recording.deny()
    engine = record_file.writer(tmp_path / "day.db")
    with record_file.disposing(engine), engine.begin() as connection:
        record_statements.keep(connection, DAY, Batch(rows=[denied]), Room())
        record_schema.access_hops.drop(connection)
        assert record_statements.decision(connection, denied.decision_id) == denied


def test_writers_touch_rows_in_one_order_so_that_none_waits_for_the_other(tmp_path: Path) -> None:
    record_file.prepare(tmp_path / "day.db", record_schema.metadata)
    ids = [f"{number:024x}" for number in range(50)]
    random.Random(7).shuffle(ids)
    engine = record_file.writer(tmp_path / "day.db")
    with record_file.disposing(engine), engine.begin() as connection:
        counts = [recording.counted(key_id=id_) for id_ in ids]
        record_statements.keep(connection, DAY, Batch(counts=counts), Room())
        for table in ("access_counts", "access_usage"):
            column = "key_id" if table == "access_counts" else "id"
            rows = sa.text(f"SELECT {column} FROM {table} ORDER BY rowid")
            assert connection.execute(rows).scalars().all() == sorted(ids)
