"""Settings given in Python stand on top of the environment, under the same rules."""

from pathlib import Path

import pytest

from keyreeve.app import keywords
from keyreeve.settings import SettingsError


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYREEVE_DATABASE_URL", "sqlite:////there/k.db")
    monkeypatch.setenv("KEYREEVE_NONCE_SECONDS", "60")


def test_they_stand_on_top_of_the_environment() -> None:
    found = keywords.settings({"database_url": "sqlite:////here/k.db", "bearer": False})
    assert (found.database_url, found.data_dir) == ("sqlite:////here/k.db", Path("/here"))
    assert (found.bearer, found.nonce_seconds) == (False, 60)


def test_a_value_may_be_text_or_what_python_has_for_it() -> None:
    text = {"trusted_proxies": "10.0.0.0/8,::1", "records_days": "7", "data_dir": "/d"}
    python = {"trusted_proxies": ["10.0.0.0/8", "::1"], "records_days": 7, "data_dir": Path("/d")}
    assert keywords.settings(text) == keywords.settings(python)


def test_a_file_stands_on_top_of_a_url_and_a_url_on_top_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "url"
    file.write_text("sqlite:////file/k.db\n")
    assert keywords.settings({"database_url_file": file}).database_url == "sqlite:////file/k.db"
    monkeypatch.delenv("KEYREEVE_DATABASE_URL")
    monkeypatch.setenv("KEYREEVE_DATABASE_URL_FILE", str(file))
    found = keywords.settings({"database_url": "sqlite:////here/k.db"})
    assert found.database_url == "sqlite:////here/k.db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("databse_url", "sqlite:////k.db"),
        ("Bearer", "on"),
        ("KEYREEVE_BEARER", "on"),
        ("port", "80"),
        ("service_host", "x"),
        ("bearer", "yes"),
        ("bearer", None),
        ("database_url", object()),
        ("trusted_proxies", ["0.0.0.0/0"]),
        ("trusted_proxies", [1]),
        ("client_address_header", "x-real-ip"),
        ("database_url_file", "/nowhere/at/all"),
    ],
)
def test_what_is_unknown_or_invalid_is_refused_by_the_name_it_was_given(
    name: str, value: object
) -> None:
    with pytest.raises(SettingsError) as refused:
        keywords.settings({name: value})
    assert refused.value.setting == name
    assert str(refused.value).startswith(f"{name}: ")


def test_what_is_wrong_in_the_environment_is_refused_by_its_name_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEYREEVE_BEARER", "yes")
    with pytest.raises(SettingsError, match=r"^KEYREEVE_BEARER: "):
        keywords.settings({"nonce_seconds": 60})
