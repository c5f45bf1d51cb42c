import asyncio
import contextlib
from dataclasses import replace
from datetime import date

import pytest
import structlog

from keyreeve.app import guarded, ledgers
from keyreeve.app.edge import real
from keyreeve.domain.audit import Actor
from keyreeve.domain.decision import Allow, Challenge
from keyreeve.domain.operation import Operation
from keyreeve.judge.call import Call
from keyreeve.services import catalogue
from keyreeve.settings import Settings
from keyreeve.storage.database import Database
from keyreeve.storage.records import RecordsUnavailable


def test_a_judge_sits_and_is_recorded(embedded: Settings) -> None:
    with guarded.opened(embedded, real()) as behind:
        assert isinstance(behind.judge.judge(Call("GET", "/a")).decision, Challenge)


def test_a_door_without_a_catalogue_says_so_once_it_opens(embedded: Settings) -> None:
    def told() -> list[str]:
        with structlog.testing.capture_logs() as log, guarded.opened(embedded, real()):
            pass
        opened = Database.open(embedded, real())
        with contextlib.closing(opened) as database, database.transaction() as t:
            catalogue.replace(t, Actor("cli:test"), [Operation("a", "GET", "/a")])
        return [line["event"] for line in log if "catalogue" in line["event"]]

    assert len(told()) == 1
    assert told() == []


@pytest.mark.parametrize(
    ("mode", "keys", "through"),
    [
        ("enforce", "optional", False),
        ("observe", "required", False),
        ("observe", "optional", True),
    ],
)
def test_only_who_observes_lets_calls_without_a_key_through(
    embedded: Settings, mode: str, keys: str, *, through: bool
) -> None:
    settings = replace(embedded, mode=mode, observe_keys=keys)
    with guarded.opened(settings, real()) as behind:
        verdict = behind.judge.judge(Call("GET", "/a"))
        assert behind.judge.observing is (mode == "observe")
    assert (verdict.overlooked, isinstance(verdict.decision, Allow)) == (through, through)


def test_several_processes_share_a_ledger(embedded: Settings) -> None:
    with guarded.opened(embedded, real()) as first:
        own = first.judge.challenges(stale=False)
    with (
        ledgers.shared(embedded, real()) as path,
        guarded.opened(embedded, real(), shared_ledger=path) as behind,
    ):
        assert behind.judge.challenges(stale=False) != own


def test_old_records_are_pruned_and_failing_is_told(
    embedded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruned: list[date] = []

    async def once(behind: guarded.Guarded) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(behind.prune_for_ever(1), 0.2)

    with guarded.opened(embedded, real()) as behind:
        monkeypatch.setattr(behind.database.records, "prune", pruned.append)
        asyncio.run(once(behind))

        def unavailable(_: date) -> None:
            raise RecordsUnavailable("full")

        monkeypatch.setattr(behind.database.records, "prune", unavailable)
        asyncio.run(once(behind))
    assert len(pruned) == 1
