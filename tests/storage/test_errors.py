from pathlib import Path

from keyreeve.storage.errors import BackupRefused, StartRefused


def test_a_refusal_to_start_names_the_file_in_one_sentence() -> None:
    refused = StartRefused(Path("/data/keyreeve.db"), "it holds no installation.")
    assert str(refused) == "/data/keyreeve.db: it holds no installation."
    assert refused.code == "START_REFUSED"


def test_a_refused_backup_names_the_file() -> None:
    assert str(BackupRefused("b.db", "the file exists already")) == "b.db: the file exists already."
