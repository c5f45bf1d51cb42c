from pathlib import Path

from keyreeve.domain.edge import Edge
from keyreeve.services import api_keys, usage, whitelists
from keyreeve.storage.database import Database
from keyreeve.storage.record_files import FileRecords
from services.people import CLI, made


def test_nothing_is_known_while_records_are_away(edge: Edge, tmp_path: Path) -> None:
    assert usage.known(FileRecords(tmp_path / "gone", edge), ["a" * 24]) == {}


def test_lists_go_without_the_last_use_while_records_are_away(
    database: Database, edge: Edge, tmp_path: Path
) -> None:
    away = FileRecords(tmp_path / "gone", edge)
    with database.transaction() as t:
        ada = made(t)
        api_keys.generate(t, CLI, ada, "laptop")
        whitelists.add(t, CLI, ada, [("192.0.2.7", "")])
        [key] = api_keys.list(t, away, ada)
        [entry] = whitelists.list(t, away, ada)
        assert whitelists.get(t, away, ada, "192.0.2.7") == entry
    assert (key.last_used, entry.count, entry.last_used) == (None, 0, None)


def test_what_was_added_stays_though_the_answer_lacks_the_use(
    database: Database, edge: Edge, tmp_path: Path
) -> None:
    away = FileRecords(tmp_path / "gone", edge)
    with database.transaction() as t:
        ada = made(t)
        whitelists.add(t, CLI, ada, [("192.0.2.7", "")])
        whitelists.list(t, away, ada)
    with database.snapshot() as s:
        assert len(s.whitelists.entries(ada.id)) == 1
