"""The environment, read."""

from pathlib import Path

import pytest

from keyreeve.app import environment
from keyreeve.settings import SettingsError


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYREEVE_NONCE_SECONDS", "77")
    assert environment.settings().nonce_seconds == 77


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://u:p@127.0.0.1/x\n")
    monkeypatch.setenv("KEYREEVE_DATABASE_URL_FILE", str(file))
    assert environment.settings().database_url == "postgresql://u:p@127.0.0.1/x"
    file.unlink()
    with pytest.raises(SettingsError, match="KEYREEVE_DATABASE_URL_FILE"):
        environment.settings()
