from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve import settings
from keyreeve.settings import Settings, SettingsError

WORDS = st.text(st.characters(codec="utf-8"), max_size=40)
NAMES = st.sampled_from([f"KEYREEVE_{field.name.upper()}" for field in fields(Settings)])


def test_the_defaults_are_these() -> None:
    assert settings.load({}) == Settings(
        database_url="sqlite:///./keyreeve.db",
        data_dir=Path(),
        master_key_file=Path("keyreeve.key"),
        public_url=None,
        digest_algorithms=("MD5",),
        realm=None,
        trusted_proxies=(),
        client_address_header="peer",
        bearer=True,
        nonce_seconds=300,
        records_days=90,
        log_level="info",
    )


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "X-Real-IP"])
def test_a_header_is_believed_of_trusted_proxies_only(header: str) -> None:
    given = {"KEYREEVE_CLIENT_ADDRESS_HEADER": header, "KEYREEVE_TRUSTED_PROXIES": "10.0.0.1"}
    assert settings.load(given).client_address_header == header.lower()


@pytest.mark.parametrize("name", ["KEYREEVE_REALMS", "KEYREEVE_", "KEYREEVE_BEARER_FILE"])
def test_an_unknown_setting_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: there is no such setting$"):
        settings.load({name: "x"})


@pytest.mark.parametrize(
    "name",
    ["KEYREEVE_PORT", "KEYREEVE_PORT_80_TCP_ADDR", "KEYREEVE_SERVICE_HOST", "PATH", "keyreeve_x"],
)
def test_what_is_not_ours_is_ignored(name: str) -> None:
    assert settings.load({name: "tcp://10.0.0.1:80"}) == settings.load({})


@given(NAMES, WORDS)
def test_whatever_stands_there_is_taken_or_named(name: str, text: str) -> None:
    try:
        settings.load({name: text})
    except SettingsError as refused:
        assert refused.setting == name  # noqa: PT017 - loading may succeed, too


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("sqlite:///k.db", "."),
        ("sqlite:///data/k.db", "data"),
        ("sqlite:////var/lib/k.db", "/var/lib"),
        ("sqlite:////var/my%20lib/k.db", "/var/my lib"),
        ("postgresql://host/k", "."),
    ],
)
def test_files_lie_beside_the_database_unless_told(url: str, folder: str) -> None:
    loaded = settings.load({"KEYREEVE_DATABASE_URL": url})
    assert loaded.data_dir == Path(folder)
    assert loaded.master_key_file == Path(folder) / "keyreeve.key"


def test_the_master_key_follows_the_data_folder() -> None:
    loaded = settings.load({"KEYREEVE_DATA_DIR": "/srv/k"})
    assert loaded.master_key_file == Path("/srv/k/keyreeve.key")


def test_the_database_file_is_known_for_sqlite_only() -> None:
    sqlite = settings.load({"KEYREEVE_DATABASE_URL": "sqlite:///data/k%25.db"})
    assert sqlite.database_file == Path("data/k%.db")
    assert settings.load({"KEYREEVE_DATABASE_URL": "postgresql://host/k"}).database_file is None


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:s3cret@host/k",
        "postgresql://ada:s3cret%40x@host:5432/k",
        "postgresql://ada:s3/cret@host/k",
        "postgresql://:s3cret@host/k",
        "postgresql://host/k?user=ada&password=s3cret",
        "postgresql://host/k?sslpassword=s3cret&user=ada",
        "postgresql://ada:s3cret@host/k?password=s3cret",
        "postgresql://ada:s3c@ret@host/k",
    ],
)
def test_no_password_is_ever_shown(url: str) -> None:
    loaded = settings.load({"KEYREEVE_DATABASE_URL": url})
    for shown in (repr(loaded), str(loaded), f"{replace(loaded, realm='x')}"):
        assert "s3" not in shown
        assert "ret" not in shown
        assert "***" in shown


def test_a_broken_url_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        settings.load({"KEYREEVE_DATABASE_URL": "mysql://ada:s3cret@host/k"})
    assert "s3cret" not in str(refused.value)


def test_the_url_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://ada:s3cret@host/k\n")
    loaded = settings.load({"KEYREEVE_DATABASE_URL_FILE": str(file)})
    assert loaded.database_url == "postgresql://ada:s3cret@host/k"


@pytest.mark.parametrize(
    "more", [{}, {"KEYREEVE_DATABASE_URL": "postgresql://host/k"}], ids=["missing", "both"]
)
def test_a_file_that_cannot_be_taken_is_named(more: dict[str, str], tmp_path: Path) -> None:
    given = {"KEYREEVE_DATABASE_URL_FILE": str(tmp_path / "url"), **more}
    with pytest.raises(SettingsError, match=r"^KEYREEVE_DATABASE_URL_FILE: "):
        settings.load(given)


def test_an_identity_key_is_never_shown_and_may_stand_in_a_file() -> None:
    secret = "0123456789abcdef" * 2
    given = {"KEYREEVE_IDENTITY_AUDIENCE": "a", "KEYREEVE_IDENTITY_KEY_FILE": "f"}
    loaded = settings.load(given, read=lambda _: secret + "\n")
    assert loaded.identity_key == secret
    assert secret not in repr(loaded)
    with pytest.raises(SettingsError, match="KEYREEVE_IDENTITY_KEY is set too"):
        settings.load(given | {"KEYREEVE_IDENTITY_KEY": secret}, read=lambda _: secret)
    for short in ("", "0123456789abcdef" * 2 + "\n"):
        with pytest.raises(SettingsError) as refused:
            settings.load(given, read=lambda _, short=short: short[:31])
        assert "0123" not in str(refused.value)


@pytest.mark.parametrize("begun", ["-----BEGIN PUBLIC KEY-----\n", "ssh-ed25519 ", "ecdsa-sha2 "])
def test_a_key_whose_half_is_public_signs_no_token(begun: str) -> None:
    given = {"KEYREEVE_IDENTITY_AUDIENCE": "a", "KEYREEVE_IDENTITY_KEY": begun + "A" * 40}
    with pytest.raises(SettingsError, match="random bytes are needed"):
        settings.load(given)


@pytest.mark.parametrize("name", ["KEYREEVE_IDENTITY_KEY", "KEYREEVE_IDENTITY_AUDIENCE"])
def test_a_token_is_signed_for_somebody_or_not_at_all(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: needs KEYREEVE_IDENTITY_"):
        settings.load({name: "0123456789abcdef" * 2})


def test_reading_goes_through_what_is_handed_in() -> None:
    loaded = settings.load(
        {"KEYREEVE_DATABASE_URL_FILE": "secret"}, read=lambda path: f"postgresql://{path}/k"
    )
    assert loaded.database_url == "postgresql://secret/k"


def test_every_setting_is_explained_in_order() -> None:
    explained = settings.explained()
    assert list(explained) == [f"KEYREEVE_{field.name.upper()}" for field in fields(Settings)]
    assert all(text.endswith(".") for text in explained.values())
