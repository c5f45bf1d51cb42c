"""Kill -9 in the middle of writing, two hundred times: nothing acknowledged is lost or halved."""

import os
import random

import pytest

from keyreeve.domain.user import User
from keyreeve.services import api_keys, users, whitelists
from keyreeve.settings import Settings
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Snapshot
from services.people import CLI
from storage import crash

CYCLES = 100
"""On each engine."""
ACKNOWLEDGEMENTS = 20

pytestmark = pytest.mark.filterwarnings(crash.FORKS)


def test_nothing_acknowledged_is_lost(settings: Settings) -> None:
    database = Database.open(settings, crash.real_edge(), upgrade=True)
    with database.transaction() as t:
        grown = users.create(t, CLI, username="ada@example.org", first_name="A", last_name="L")
    database.close()
    chance = random.Random(7)
    for cycle in range(CYCLES):
        told: list[str] = []
        until = chance.randrange(1, ACKNOWLEDGEMENTS)
        crash.killed_while(
            lambda pipe, cycle=cycle: _work(settings, grown, cycle, pipe),
            lambda pipe, told=told, until=until: told.extend(_lines(pipe, until)),
        )
        assert len(told) == until
        _check(settings, grown, told)


def _work(settings: Settings, user: User, cycle: int, pipe: int) -> None:
    """Make and delete keys and entries for ever, telling each by a line once it is acknowledged."""
    database = Database.open(settings, crash.real_edge())
    number = 0
    while True:
        number += 1
        entry = f"10.{cycle}.{number % 250}.{number // 250}"
        with database.transaction() as t:
            key, secret = api_keys.generate(t, CLI, user, f"{cycle}.{number}")
            whitelists.add(t, CLI, user, [(entry, "")])
        os.write(pipe, f"made {key.id} {secret} {entry}\n".encode())
        with database.transaction() as t:
            api_keys.delete(t, CLI, user, key.id)
            whitelists.remove(t, CLI, user, entry, caller=None)
        os.write(pipe, f"gone {key.id} {secret} {entry}\n".encode())


def _lines(pipe: int, count: int) -> list[str]:
    """Read so many whole lines, and not one byte more."""
    lines: list[str] = []
    line = b""
    while len(lines) < count:
        byte = os.read(pipe, 1)
        assert byte, "the writer ended by itself"
        line += byte
        if byte == b"\n":
            lines.append(line.decode().rstrip())
            line = b""
    return lines


def _check(settings: Settings, user: User, told: list[str]) -> None:
    """Compare what stands with the last acknowledgement; one more write may have come through."""
    state, key_id, secret, entry = told[-1].split()
    database = Database.open(settings, crash.real_edge())
    assert database.check() == ()
    with database.snapshot() as s:
        assert s.audit_log.verify() is None
        keys = {key.id for key in s.api_keys.list(user.id)}
        entries = {str(one.network) for one in s.whitelists.entries(user.id)}
        # Key and entry were one transaction: both or neither.
        assert len(keys) == len(entries) <= 1
        if state == "gone":
            assert key_id not in keys
            assert entry not in entries
        elif keys == {key_id}:
            stored = s.subjects.by_bearer(s.secrets.bearer_digest(secret))
            assert stored is not None
            assert entries == {entry}
        assert _changes(told) <= _recorded(s)
    with database.transaction() as t:
        for left in keys:
            api_keys.delete(t, CLI, user, left)
        for network in entries:
            whitelists.remove(t, CLI, user, network, caller=None)
    database.close()


def _changes(told: list[str]) -> set[tuple[str, str]]:
    action = {"made": "api_key.generate", "gone": "api_key.delete"}
    return {(action[line.split()[0]], line.split()[1]) for line in told}


def _recorded(s: Snapshot) -> set[tuple[str, str]]:
    """Return what the audit trail, which nothing ever leaves, holds of the latest changes."""
    latest = s.audit_log.list(limit=4 * ACKNOWLEDGEMENTS)
    return {(event.action, event.object_id) for event in latest}
