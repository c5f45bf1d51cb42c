"""Settings: every `KEYREEVE_*` variable, read once, checked by name, frozen."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from urllib.parse import unquote, urlsplit

PREFIX = "KEYREEVE_"
ALGORITHMS = ("MD5", "SHA-256")
REALM_LIMIT = 255
LOG_LEVELS = ("debug", "info", "warning", "error")

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
# Kubernetes gives every pod KEYREEVE_PORT and KEYREEVE_SERVICE_* when a service is named keyreeve.
_KUBERNETES = re.compile(r"KEYREEVE_(PORT|SERVICE_).*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PASSWORD = re.compile(r"(://[^:@]*:).*@|([?&](?:ssl)?password=)[^&]*")


class SettingsError(Exception):
    """A setting is unknown or invalid; nothing was started."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(f"{setting}: {reason}")
        self.setting = setting


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Settings:
    """All settings of one process."""

    database_url: Annotated[
        str,
        "Where the control database is: `sqlite:///PATH` (three slashes and a relative path, or "
        "four and an absolute one) or `postgresql://USER:PASSWORD@HOST/NAME`.",
    ] = "sqlite:///./keyreeve.db"
    data_dir: Annotated[
        Path,
        "Folder of the epoch file, the records and the master key. Every process of one "
        "installation must name the same one. Default: the folder of the database file; for "
        "PostgreSQL the current folder.",
    ]
    master_key_file: Annotated[
        Path,
        "The master key, a file that only Keyreeve may read. Made at the first start of an "
        "embedded installation. Default: `keyreeve.key` in `KEYREEVE_DATA_DIR`.",
    ]
    public_url: Annotated[
        str | None,
        "The address under which clients reach this installation, as in "
        "`https://keys.example.org`. Default: `http://HOST:PORT` of `keyreeve serve`.",
    ] = None
    digest_algorithms: Annotated[
        tuple[str, ...],
        "What digest challenges offer, in this order: `MD5`, `MD5,SHA-256` or `SHA-256`. Several "
        "clients break on a second challenge.",
    ] = ("MD5",)
    realm: Annotated[
        str | None,
        "The realm of digest challenges, fixed in the database at the first start (`Keyreeve` "
        "unless given). Another value later refuses to start.",
    ] = None
    bearer: Annotated[
        bool,
        "Whether a key may also be sent as a bearer token, over https or loopback only: `on` or "
        "`off`.",
    ] = True
    nonce_seconds: Annotated[int, "How long a digest nonce stays good: 10 to 3600 seconds."] = 300
    records_days: Annotated[int, "How many days access records are kept: 1 to 3650."] = 90
    log_level: Annotated[str, "What is logged: `debug`, `info`, `warning` or `error`."] = "info"

    @property
    def database_file(self) -> Path | None:
        """The database file of an embedded installation; None on PostgreSQL."""
        return _file_of(self.database_url)

    @property
    def shown_url(self) -> str:
        """The database URL without its password."""
        return _PASSWORD.sub(_hidden, self.database_url)

    def __repr__(self) -> str:
        """Show everything but a password."""
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        shown["database_url"] = self.shown_url
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


def load(environ: Mapping[str, str], *, read: Callable[[str], str] | None = None) -> Settings:
    """Build the settings from the environment.

    `KEYREEVE_DATABASE_URL_FILE` names a file that holds the URL, so that a password need not
    stand in the environment; `read` reads it.

    Raises:
        SettingsError: naming the first setting that is unknown or invalid.
    """
    given = {k: v for k, v in environ.items() if k.startswith(PREFIX) and not _ignored(k)}
    if "KEYREEVE_DATABASE_URL_FILE" in given:
        given["KEYREEVE_DATABASE_URL"] = _url_from_file(given, read or _read)
    values: dict[str, Any] = {}
    for name in sorted(given):
        field = name.removeprefix(PREFIX).lower()
        if field not in _PARSERS:
            raise SettingsError(name, "there is no such setting")
        values[field] = _PARSERS[field](name, given[name])
    return _with_places(values)


def explained() -> Mapping[str, str]:
    """Return what each setting means, by its variable, in the order of the class."""
    hints = get_type_hints(Settings, include_extras=True)
    return {PREFIX + f.name.upper(): hints[f.name].__metadata__[0] for f in fields(Settings)}


def _ignored(name: str) -> bool:
    return _KUBERNETES.fullmatch(name) is not None


def _url_from_file(given: dict[str, str], read: Callable[[str], str]) -> str:
    name = "KEYREEVE_DATABASE_URL_FILE"
    if "KEYREEVE_DATABASE_URL" in given:
        raise SettingsError(name, "KEYREEVE_DATABASE_URL is set too")
    try:
        return read(given.pop(name)).strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise SettingsError(name, f"the file cannot be read: {unreadable}") from None


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def _with_places(values: dict[str, Any]) -> Settings:
    file = _file_of(values.get("database_url", "sqlite:///./keyreeve.db"))
    folder = values.setdefault("data_dir", Path() if file is None else file.parent)
    values.setdefault("master_key_file", folder / "keyreeve.key")
    return Settings(**values)


def _file_of(url: str) -> Path | None:
    return Path(unquote(url.removeprefix(_SQLITE))) if url.startswith(_SQLITE) else None


def _hidden(match: re.Match[str]) -> str:
    return f"{match[1]}***@" if match[1] else f"{match[2]}***"


def _database_url(name: str, text: str) -> str:
    # No message repeats the text: it may hold a password.
    if text.startswith(_SQLITE):
        path = text.removeprefix(_SQLITE)
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


def _switch(name: str, text: str) -> bool:
    if text not in ("on", "off"):
        raise SettingsError(name, f"{text!r} is neither on nor off")
    return text == "on"


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


_PARSERS: Mapping[str, Callable[[str, str], Any]] = {
    "database_url": _database_url,
    "data_dir": _path,
    "master_key_file": _path,
    "public_url": _public_url,
    "digest_algorithms": _algorithms,
    "realm": _realm,
    "bearer": _switch,
    "nonce_seconds": _between(10, 3600),
    "records_days": _between(1, 3650),
    "log_level": _log_level,
}
