"""Settings: every `KEYREEVE_*` variable, read once, checked by name, frozen."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from urllib.parse import unquote

from keyreeve.settings import values as texts
from keyreeve.settings.values import SettingsError

__all__ = ["PREFIX", "Settings", "SettingsError", "explained", "load"]

PREFIX = "KEYREEVE_"

# Kubernetes gives every pod KEYREEVE_PORT and KEYREEVE_SERVICE_* when a service is named keyreeve.
_KUBERNETES = re.compile(r"KEYREEVE_(PORT|SERVICE_).*")
_SECRET = ("KEYREEVE_DATABASE_URL", "KEYREEVE_IDENTITY_KEY")
"""Settings that may stand in a file of their own."""
_PASSWORD = re.compile(r"(://[^:@]*:).*@|([?&](?:ssl)?password=)[^&]*")


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
    trusted_proxies: Annotated[
        tuple[str, ...],
        "The proxies that are believed about whom they speak for: addresses and CIDR ranges, with "
        "commas between them. Default: nobody; for `keyreeve gate` this host itself.",
    ] = ()
    client_address_header: Annotated[
        str,
        "Where the address of a caller is read from: `peer` (who is connected), `x-forwarded-for`, "
        "`forwarded` or `x-real-ip`. A header is believed of trusted proxies alone. The gate reads "
        "what its preset names.",
    ] = "peer"
    bearer: Annotated[
        bool,
        "Whether a key may also be sent as a bearer token, over https or loopback only: `on` or "
        "`off`.",
    ] = True
    first_user_api: Annotated[
        bool,
        "Whether the first user may be made over the API, by whoever calls first: `on` or `off`.",
    ] = False
    group_creation: Annotated[
        str, "Who may make groups over the API: `anyone` with a key, or `global-owners`."
    ] = "anyone"
    mode: Annotated[
        str,
        "What doors in front of other APIs do (`keyreeve gate`, `keyreeve.guard`): `enforce`, or "
        "`observe`: let every call through and note which would have been refused, for "
        "`keyreeve observe report`. Keyreeve's own API and console always enforce.",
    ] = "enforce"
    observe_keys: Annotated[
        str,
        "Whether a call needs a valid key while doors observe: `optional`, or `required`, so that "
        "whoever has none gets his 401. Digest clients sign only after a 401: with `optional` they "
        "are never known.",
    ] = "optional"
    failed_proofs_burst: Annotated[
        int,
        "How many failed proofs one address (of IPv6: one /64) may send at once, before it has to "
        "wait: 0 (no limit) to 1000000. Each worker process counts for itself. Behind a proxy that "
        "is not trusted, all callers share one address, and so this limit.",
    ] = 300
    failed_proofs_per_second: Annotated[
        int, "How many more failed proofs it may send in a second after that: 1 to 1000000."
    ] = 5
    calls_burst: Annotated[
        int,
        "How many calls one key may make at once, before it has to wait: 0 (no limit) to 1000000. "
        "Each worker process counts for itself.",
    ] = 1000
    calls_per_second: Annotated[
        int, "How many more calls it may make in a second after that: 1 to 1000000."
    ] = 200
    identity_key: Annotated[
        str | None,
        "Signs a token that tells the API behind a gate who calls and what was judged: at least 32 "
        "bytes that the API knows too (`docs/identity-token.md`). Needs "
        "`KEYREEVE_IDENTITY_AUDIENCE`. Default: no token.",
    ] = None
    identity_audience: Annotated[
        str | None,
        "For whom the identity token is: the name by which the API behind the gate knows itself.",
    ] = None
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
        """Show everything but what is secret."""
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        shown["database_url"] = self.shown_url
        shown["identity_key"] = self.identity_key and "***"
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


def load(environ: Mapping[str, str], *, read: Callable[[str], str] | None = None) -> Settings:
    """Build the settings from the environment.

    `KEYREEVE_DATABASE_URL_FILE` and `KEYREEVE_IDENTITY_KEY_FILE` name files that hold the value,
    so that no secret need stand in the environment; `read` reads them.

    Raises:
        SettingsError: naming the first setting that is unknown or invalid.
    """
    given = {k: v for k, v in environ.items() if k.startswith(PREFIX) and not _ignored(k)}
    for name in _SECRET:
        if f"{name}_FILE" in given:
            given[name] = _from_file(name, given, read or _read)
    values: dict[str, Any] = {}
    for name in sorted(given):
        field = name.removeprefix(PREFIX).lower()
        if field not in texts.PARSERS:
            raise SettingsError(name, "there is no such setting")
        values[field] = texts.PARSERS[field](name, given[name])
    _check_client_address(values)
    _check_identity(values)
    return _with_places(values)


def explained() -> Mapping[str, str]:
    """Return what each setting means, by its variable, in the order of the class."""
    hints = get_type_hints(Settings, include_extras=True)
    return {PREFIX + f.name.upper(): hints[f.name].__metadata__[0] for f in fields(Settings)}


def _ignored(name: str) -> bool:
    return _KUBERNETES.fullmatch(name) is not None


def _from_file(secret: str, given: dict[str, str], read: Callable[[str], str]) -> str:
    name = f"{secret}_FILE"
    if secret in given:
        raise SettingsError(name, f"{secret} is set too")
    try:
        return read(given.pop(name)).strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise SettingsError(name, f"the file cannot be read: {unreadable}") from None


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def _check_client_address(values: dict[str, Any]) -> None:
    """Refuse a header that nobody would be believed about."""
    header = values.get("client_address_header", "peer")
    if header != "peer" and not values.get("trusted_proxies"):
        name = "KEYREEVE_CLIENT_ADDRESS_HEADER"
        raise SettingsError(name, f"{header} needs KEYREEVE_TRUSTED_PROXIES")


def _check_identity(values: dict[str, Any]) -> None:
    """Refuse half of a pair: a token without an audience would be good for every API."""
    names = ("identity_key", "identity_audience")
    for name, other in (names, names[::-1]):
        if name in values and other not in values:
            raise SettingsError(f"{PREFIX}{name.upper()}", f"needs {PREFIX}{other.upper()}")


def _with_places(values: dict[str, Any]) -> Settings:
    file = _file_of(values.get("database_url", "sqlite:///./keyreeve.db"))
    folder = values.setdefault("data_dir", Path() if file is None else file.parent)
    values.setdefault("master_key_file", folder / "keyreeve.key")
    return Settings(**values)


def _file_of(url: str) -> Path | None:
    return Path(unquote(url.removeprefix(texts.SQLITE))) if url.startswith(texts.SQLITE) else None


def _hidden(match: re.Match[str]) -> str:
    return f"{match[1]}***@" if match[1] else f"{match[2]}***"
