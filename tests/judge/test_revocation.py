"""Revoked means refused: each kind of change is seen by the very next decision of every judge."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from judge import court
from judge.court import HOME, Court
from keyreeve.domain.decision import Allow, Challenge, Deny, Proof, Reason
from keyreeve.judge.call import Call
from keyreeve.services import api_keys, groups, roles, users, whitelists
from keyreeve.settings import Settings
from keyreeve.storage.database import Database

PROCESS = Path(__file__).with_name("judging_process.py")


def disable_key(hall: Court) -> None:
    hall.change(api_keys.set_enabled, hall.ada, hall.key.id, enabled=False)


def delete_key(hall: Court) -> None:
    hall.change(api_keys.delete, hall.ada, hall.key.id)


def disable_user(hall: Court) -> None:
    hall.change(users.disable, hall.ada, force=True)


def revoke_role(hall: Court) -> None:
    hall.another_user("bob@example.org", role="GROUP_OWNER")
    hall.change(roles.revoke, hall.ada, hall.group, "GROUP_OWNER")


def lower_role(hall: Court) -> None:
    hall.another_user("bob@example.org", role="GROUP_OWNER")
    hall.change(roles.grant, hall.ada, hall.group, "GROUP_READ_ONLY")
    hall.change(roles.revoke, hall.ada, hall.group, "GROUP_OWNER")


def close_group(hall: Court) -> None:
    hall.change(groups.set_public_api, hall.group, enabled=False)


def remove_entry(hall: Court) -> None:
    hall.change(whitelists.remove, hall.ada, str(HOME), caller=None)


REVOCATIONS: list[tuple[Callable[[Court], None], Any]] = [
    (disable_key, Challenge(Proof.KEY_DISABLED)),
    (delete_key, Challenge(Proof.KEY_UNKNOWN)),
    (disable_user, Challenge(Proof.USER_DISABLED)),
    (revoke_role, None),
    (lower_role, Deny(Reason.ROLE_MISSING)),
    (close_group, Deny(Reason.GROUP_PUBLIC_API_DISABLED)),
    (remove_entry, Deny(Reason.WHITELIST_EMPTY)),
]


@pytest.fixture
def hall(database: Database) -> Court:
    return court.opened(database)


@pytest.mark.parametrize(("revoke", "decision"), REVOCATIONS)
def test_a_revocation_is_seen_by_the_next_decision_of_every_judge(
    hall: Court, revoke: Callable[[Court], None], decision: Any
) -> None:
    other = court.judge_of(hall.database, ledger=hall.ledger)
    judges = (hall.judge, other)
    for judge in judges:
        for call in (hall.signed("DELETE"), hall.bearer()):
            assert judge.judge(call).decision == Allow()

    revoke(hall)

    for judge in judges:
        call = hall.signed("DELETE")
        verdict = judge.hit(call) or judge.judge(call)
        assert verdict.decision != Allow()
        assert decision in (None, verdict.decision)
    if isinstance(decision, Challenge):
        assert isinstance(hall.judged(hall.bearer()).decision, Challenge)


def test_what_is_restored_is_allowed_by_the_next_decision(hall: Court) -> None:
    disable_key(hall)
    assert hall.decide() == Challenge(Proof.KEY_DISABLED)

    hall.change(api_keys.set_enabled, hall.ada, hall.key.id, enabled=True)

    assert hall.decide() == Allow()


def test_a_renamed_group_is_not_found_under_its_old_name(hall: Court) -> None:
    assert hall.decide(target="/groups/byName/Engines") == Allow()

    hall.change(groups.rename, hall.group, "Looms")

    assert hall.decide(target="/groups/byName/Looms") == Allow()
    gone = hall.decide(target="/groups/byName/Engines")
    assert gone == Deny(Reason.GROUP_NOT_FOUND)


class Elsewhere:
    """A judge in another process."""

    def __init__(self, settings: Settings) -> None:
        environment = {
            "KEYREEVE_DATABASE_URL": settings.database_url,
            "KEYREEVE_DATA_DIR": str(settings.data_dir),
        }
        self._process = subprocess.Popen(
            [sys.executable, str(PROCESS)],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def decide(self, call: Call) -> tuple[str, bool]:
        """Return the decision, and whether it was made from memory alone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        header = (call.authorization or b"").decode()
        told = [call.method, call.target, header, str(call.address), call.private]
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        said, remembered = json.loads(self._process.stdout.readline())
        return said, remembered

    def end(self) -> None:
        assert self._process.stdout is not None
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(20)


@pytest.fixture
def elsewhere(hall: Court, settings: Settings) -> Iterator[Elsewhere]:
    assert hall.database.settings == settings
    process = Elsewhere(settings)
    yield process
    process.end()


@pytest.mark.parametrize("revoke", [disable_key, disable_user, close_group])
def test_a_revocation_is_seen_by_the_next_decision_of_another_process(
    hall: Court, elsewhere: Elsewhere, revoke: Callable[[Court], None]
) -> None:
    assert elsewhere.decide(hall.bearer()) == ("Allow()", False)
    assert elsewhere.decide(hall.bearer()) == ("Allow()", hall.database.shared_counter)

    revoke(hall)

    assert elsewhere.decide(hall.bearer())[0] != "Allow()"
