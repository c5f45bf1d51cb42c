"""The ledger that workers share."""

from pathlib import Path

from keyreeve.app import ledgers
from keyreeve.app.edge import real
from keyreeve.judge.shared_ledger import MmapLedger
from keyreeve.settings import Settings
from keyreeve.storage.database import Database


def test_it_has_no_name_that_could_outlive_its_processes(
    opened: Database, embedded: Settings
) -> None:
    before = set(embedded.data_dir.iterdir())
    with ledgers.shared(embedded, real()) as path:
        assert set(embedded.data_dir.iterdir()) == before
        first, second = MmapLedger.open(path, real()), MmapLedger.open(path, real())
        assert first.generation == second.generation
        first.close()
        second.close()
    assert set(embedded.data_dir.iterdir()) == before
    assert opened.data_dir == embedded.data_dir


def test_each_serve_has_a_generation_of_its_own(opened: Database, embedded: Settings) -> None:
    generations = set()
    for _ in range(3):
        with ledgers.shared(embedded, real()) as path:
            ledger = MmapLedger.open(path, real())
            generations.add(ledger.generation)
            ledger.close()
    assert len(generations) == 3
    assert opened.data_dir.exists()


def test_its_descriptor_is_given_back(opened: Database, embedded: Settings) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with ledgers.shared(embedded, real()):
        pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert opened.data_dir.exists()
