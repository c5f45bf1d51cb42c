from pathlib import Path

import pytest

from keyreeve import settings
from keyreeve.settings import SettingsError


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("DATABASE_URL", "sqlite:////var/lib/k.db", "sqlite:////var/lib/k.db"),
        ("DATABASE_URL", "postgresql://ada@host/k", "postgresql://ada@host/k"),
        ("DATABASE_URL", "postgres://host/k?sslmode=verify-full", None),
        ("DATABASE_URL", "postgresql+psycopg://host/k", None),
        ("DATA_DIR", "/var/lib/keyreeve", Path("/var/lib/keyreeve")),
        ("MASTER_KEY_FILE", "/run/secrets/key", Path("/run/secrets/key")),
        ("PUBLIC_URL", "https://keys.example.org/", "https://keys.example.org"),
        ("PUBLIC_URL", "http://127.0.0.1:8080/keyreeve", "http://127.0.0.1:8080/keyreeve"),
        ("DIGEST_ALGORITHMS", "MD5,SHA-256", ("MD5", "SHA-256")),
        ("DIGEST_ALGORITHMS", "SHA-256", ("SHA-256",)),
        ("DIGEST_ALGORITHMS", "SHA-256, MD5", ("SHA-256", "MD5")),
        ("REALM", "MMS Public API", "MMS Public API"),
        ("TRUSTED_PROXIES", "", ()),
        (
            "TRUSTED_PROXIES",
            "10.0.0.0/8, 127.0.0.1,fd00::/8",
            ("10.0.0.0/8", "127.0.0.1", "fd00::/8"),
        ),
        ("CLIENT_ADDRESS_HEADER", "peer", "peer"),
        ("BEARER", "off", False),
        ("BEARER", "on", True),
        ("FIRST_USER_API", "on", True),
        ("GROUP_CREATION", "anyone", "anyone"),
        ("GROUP_CREATION", "global-owners", "global-owners"),
        ("NONCE_SECONDS", "10", 10),
        ("NONCE_SECONDS", "3600", 3600),
        ("RECORDS_DAYS", "3650", 3650),
        ("LOG_LEVEL", "debug", "debug"),
    ],
)
def test_a_valid_setting_is_taken(name: str, text: str, value: object) -> None:
    loaded = settings.load({f"KEYREEVE_{name}": text})
    assert getattr(loaded, name.lower()) == (text if value is None else value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "keyreeve.db"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:////var/lib/"),
        ("DATABASE_URL", "sqlite:///k.db?mode=ro"),
        ("DATABASE_URL", "mysql://host/k"),
        ("DATABASE_URL", "postgresql+asyncpg://host/k"),
        ("DATABASE_URL", "postgresql://[host/k"),
        ("DATA_DIR", ""),
        ("MASTER_KEY_FILE", ""),
        ("PUBLIC_URL", ""),
        ("PUBLIC_URL", "keys.example.org"),
        ("PUBLIC_URL", "ftp://keys.example.org"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://ada@keys.example.org"),
        ("PUBLIC_URL", "https://keys.example.org?x=1"),
        ("PUBLIC_URL", "https://keys.example.org#x"),
        ("PUBLIC_URL", "https://keys.example.org:port"),
        ("PUBLIC_URL", "https://keys.example.org\r\nX: y"),
        ("DIGEST_ALGORITHMS", ""),
        ("DIGEST_ALGORITHMS", "md5"),
        ("DIGEST_ALGORITHMS", "MD5,MD5"),
        ("DIGEST_ALGORITHMS", "MD5,SHA-512-256"),
        ("DIGEST_ALGORITHMS", "MD5,"),
        ("REALM", ""),
        ("REALM", 'a"b'),
        ("REALM", "a\\b"),
        ("REALM", "a\nb"),
        ("REALM", "é"),
        ("REALM", "x" * 256),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXIES", "10.0.0.1, ::/0"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "10.0.0.0/255.0.0.0"),
        ("TRUSTED_PROXIES", "10.0.0.01"),
        ("TRUSTED_PROXIES", "fe80::1%eth0"),
        ("TRUSTED_PROXIES", "10.0.0.1,"),
        ("TRUSTED_PROXIES", "10.0.0.1 10.0.0.2"),
        ("TRUSTED_PROXIES", "proxy.example.org"),
        ("CLIENT_ADDRESS_HEADER", ""),
        ("CLIENT_ADDRESS_HEADER", "cf-connecting-ip"),
        ("CLIENT_ADDRESS_HEADER", "x-forwarded-for"),
        ("BEARER", "true"),
        ("BEARER", "ON"),
        ("NONCE_SECONDS", "9"),
        ("NONCE_SECONDS", "3601"),
        ("NONCE_SECONDS", "5m"),
        ("NONCE_SECONDS", "-1"),
        ("NONCE_SECONDS", "٣٠"),
        ("NONCE_SECONDS", "9" * 5_000),
        ("RECORDS_DAYS", "0"),
        ("FIRST_USER_API", "true"),
        ("GROUP_CREATION", "owners"),
        ("LOG_LEVEL", "trace"),
    ],
)
def test_an_invalid_setting_is_named(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"^KEYREEVE_{name}: ") as refused:
        settings.load({f"KEYREEVE_{name}": text})
    assert refused.value.setting == f"KEYREEVE_{name}"
