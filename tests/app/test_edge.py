"""The edge of the real world."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from keyreeve.app import edge


def test_now_is_in_utc() -> None:
    now = edge.real().now()
    assert now.utcoffset() == timedelta(0)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_ticks_are_alike_in_every_process() -> None:
    program = "from keyreeve.app import edge; print(edge.real().ticks())"
    before = edge.real().ticks()
    other = int(subprocess.check_output([sys.executable, "-c", program], env=dict(os.environ)))
    assert before <= other <= edge.real().ticks()


def test_ids_are_24_hex_digits_and_never_the_same() -> None:
    ids = {edge.real().new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(i) == 24 and int(i, 16) >= 0 for i in ids)
