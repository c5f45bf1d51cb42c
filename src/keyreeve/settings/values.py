"""The values of settings: each is read from its text, or refused by the name of its setting."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ALGORITHMS = ("MD5", "SHA-256")
REALM_LIMIT = 255
IDENTITY_KEY_BYTES = 32
AUDIENCE_LIMIT = 255
GROUP_CREATION = ("anyone", "global-owners")
LOG_LEVELS = ("debug", "info", "warning", "error")
CLIENT_ADDRESS_HEADERS = ("peer", "x-forwarded-for", "forwarded", "x-real-ip")
SQLITE = "sqlite:///"

_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_KEY_FILES = ("-----BEGIN ", "ssh-", "ecdsa-")
"""How the files of asymmetric keys begin: what is public in them would sign tokens."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class SettingsError(Exception):
    """A setting is unknown or invalid; nothing was started."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(f"{setting}: {reason}")
        self.setting = setting


def _database_url(name: str, text: str) -> str:
    # No message repeats the text: it may hold a password.
    if text.startswith(SQLITE):
        path = text.removeprefix(SQLITE)
        if not path or path.endswith("/") or ":memory:" in path or "?" in path:
            raise SettingsError(name, "sqlite:/// must be followed by the path of a file, alone")
        return text
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        scheme = ""
    if scheme not in _POSTGRESQL:
        raise SettingsError(name, "neither sqlite:///PATH nor postgresql://...")
    return text


def _path(name: str, text: str) -> Path:
    if not text or "\x00" in text:
        raise SettingsError(name, "a path is needed")
    return Path(text)


def _public_url(name: str, text: str) -> str:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment or "@" in parts.netloc or _CONTROL.search(text):
        raise SettingsError(name, "an http or https URL without query is needed")
    return text.rstrip("/")


def _algorithms(name: str, text: str) -> tuple[str, ...]:
    listed = tuple(word.strip() for word in text.split(","))
    if len(set(listed)) != len(listed) or not set(listed) <= set(ALGORITHMS):
        raise SettingsError(name, f"{text!r} is no list of {' and '.join(ALGORITHMS)}")
    return listed


def _realm(name: str, text: str) -> str:
    if not text or len(text) > REALM_LIMIT or not text.isascii() or _CONTROL.search(text):
        raise SettingsError(name, f"1 to {REALM_LIMIT} printable ASCII characters are needed")
    if '"' in text or "\\" in text:
        raise SettingsError(name, "no quote or backslash may stand in it")
    return text


def _networks(name: str, text: str) -> tuple[str, ...]:
    listed = tuple(word.strip() for word in text.split(",")) if text.strip() else ()
    for word in listed:
        try:
            sound = re.fullmatch(r"[0-9A-Fa-f:.]+(/[0-9]{1,3})?", word)
            network = ipaddress.ip_network(word) if sound else None
        except ValueError as malformed:
            raise SettingsError(name, str(malformed)) from None
        if network is None:
            raise SettingsError(name, f"{word!r} is no address or CIDR range")
        if network.prefixlen == 0:
            raise SettingsError(name, f"{word} would let every caller choose his own address")
    return listed


def _client_address_header(name: str, text: str) -> str:
    if text.lower() not in CLIENT_ADDRESS_HEADERS:
        raise SettingsError(name, f"{text!r} is none of {', '.join(CLIENT_ADDRESS_HEADERS)}")
    return text.lower()


def _switch(name: str, text: str) -> bool:
    if text not in ("on", "off"):
        raise SettingsError(name, f"{text!r} is neither on nor off")
    return text == "on"


def _group_creation(name: str, text: str) -> str:
    if text not in GROUP_CREATION:
        raise SettingsError(name, f"{text!r} is none of {', '.join(GROUP_CREATION)}")
    return text


def _one_of(*words: str) -> Callable[[str, str], str]:
    def parse(name: str, text: str) -> str:
        if text not in words:
            raise SettingsError(name, f"{text!r} is neither {' nor '.join(words)}")
        return text

    return parse


def _identity_key(name: str, text: str) -> str:
    # RFC 7518, section 3.2: no shorter than the hash. No message repeats the text.
    if len(text.encode()) < IDENTITY_KEY_BYTES:
        raise SettingsError(name, f"at least {IDENTITY_KEY_BYTES} bytes are needed")
    if text.startswith(_KEY_FILES):
        raise SettingsError(name, "this is a public or private key; random bytes are needed")
    return text


def _identity_audience(name: str, text: str) -> str:
    if not text or len(text) > AUDIENCE_LIMIT or not text.isascii() or _CONTROL.search(text):
        raise SettingsError(name, f"1 to {AUDIENCE_LIMIT} printable ASCII characters are needed")
    return text


def _between(least: int, most: int) -> Callable[[str, str], int]:
    def parse(name: str, text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise SettingsError(name, f"{text!r} is no number from {least} to {most}")
        return int(text)

    return parse


def _log_level(name: str, text: str) -> str:
    if text not in LOG_LEVELS:
        raise SettingsError(name, f"{text!r} is none of {', '.join(LOG_LEVELS)}")
    return text


PARSERS: Mapping[str, Callable[[str, str], Any]] = {
    "database_url": _database_url,
    "data_dir": _path,
    "master_key_file": _path,
    "public_url": _public_url,
    "digest_algorithms": _algorithms,
    "realm": _realm,
    "trusted_proxies": _networks,
    "client_address_header": _client_address_header,
    "bearer": _switch,
    "first_user_api": _switch,
    "group_creation": _group_creation,
    "mode": _one_of("enforce", "observe"),
    "observe_keys": _one_of("optional", "required"),
    "failed_proofs_burst": _between(0, 1_000_000),
    "failed_proofs_per_second": _between(1, 1_000_000),
    "calls_burst": _between(0, 1_000_000),
    "calls_per_second": _between(1, 1_000_000),
    "identity_key": _identity_key,
    "identity_audience": _identity_audience,
    "nonce_seconds": _between(10, 3600),
    "records_days": _between(1, 3650),
    "log_level": _log_level,
}
"""What reads each setting, by its field."""
