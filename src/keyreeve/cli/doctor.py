"""`keyreeve doctor`: what is wrong, or soon will be, with this installation."""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

import pysqlite3.dbapi2 as sqlite

from keyreeve.app import edge, environment
from keyreeve.cli.answers import Answer, table
from keyreeve.cli.installations import opened
from keyreeve.domain.errors import Refusal
from keyreeve.services import observing
from keyreeve.settings import Settings, SettingsError
from keyreeve.storage import engines
from keyreeve.storage.database import Database

Level: TypeAlias = Literal["ok", "warning", "error"]

BUILT = datetime(2026, 11, 1, tzinfo=UTC)
"""A clock that shows an earlier time than this is wrong."""
TOLERANCE = timedelta(minutes=1)
UNHEALTHY = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found."""

    check: str
    level: Level
    detail: str


def doctor() -> Answer:
    """Look at settings, files, database, key, epoch and clock. The exit status is 1 on an error."""
    findings = tuple(_examine())
    healthy = all(finding.level != "error" for finding in findings)
    rows = [(f.level.upper(), f.check, f.detail) for f in findings]
    document = {
        "healthy": healthy,
        "findings": [{"check": f.check, "level": f.level, "detail": f.detail} for f in findings],
    }
    text = table(("LEVEL", "CHECK", "FINDING"), rows, empty="")
    return Answer(document, text, status=0 if healthy else UNHEALTHY)


def _examine() -> Iterator[Finding]:
    """Look at one thing after the other; what cannot be opened ends the examination."""
    try:
        settings = environment.settings()
    except SettingsError as error:
        yield Finding("settings", "error", f"{error}.")
        return
    yield Finding("settings", "ok", "Every setting is known and valid.")
    yield from _transport(settings)
    try:
        with opened() as database:
            together = "Database, master key, epoch and realm belong together"
            yield Finding("start", "ok", f"{together}: {settings.shown_url}.")
            for look in _LOOKS:
                yield from look(database)
    except Refusal as refusal:
        yield Finding("start", "error", str(refusal))


def _transport(settings: Settings) -> Iterator[Finding]:
    url = settings.public_url or "http://"
    if settings.bearer and not url.startswith("https://"):
        detail = "Bearer keys are taken from this host only: KEYREEVE_PUBLIC_URL is not https."
        yield Finding("transport", "warning", detail)


def _database(database: Database) -> Iterator[Finding]:
    wrong = database.check()
    yield from (Finding("database", "error", sentence) for sentence in wrong)
    if not wrong:
        yield Finding(
            "database", "ok", "Intact, of this version's schema, and readable by nobody else."
        )


def _sqlite(database: Database) -> Iterator[Finding]:
    if database.settings.database_file is None:
        return
    version = sqlite.sqlite_version
    if engines.is_sound(sqlite.sqlite_version_info):
        yield Finding("sqlite", "ok", f"SQLite {version} may write ahead.")
    else:
        detail = f"SQLite {version} has the WAL-reset bug, so the slower rollback journal is used."
        yield Finding("sqlite", "warning", detail)


def _modes(database: Database) -> Iterator[Finding]:
    """Look who else may read or replace the master key."""
    key, folder = database.settings.master_key_file, database.data_dir.resolve()
    others = [path for path in (key, *folder.glob("*.epoch")) if _mode(path) & 0o077]
    for path in others:
        yield Finding("files", "error", f"{path} is open to others; set its mode to 0600.")
    if _mode(folder) & 0o002 and not _mode(folder) & stat.S_ISVTX:
        yield Finding("files", "error", f"Everybody may replace files in {folder}.")
    elif not others:
        yield Finding("files", "ok", "Nobody else may read or replace the master key.")


def _clock(database: Database) -> Iterator[Finding]:
    now = edge.real().now()
    with database.snapshot() as s:
        newest = s.audit_log.list(limit=1)
    if now < BUILT:
        yield Finding("clock", "error", f"The clock says {now:%Y-%m-%d %H:%M} UTC, long ago.")
    elif newest and newest[0].created > now + TOLERANCE:
        detail = f"The last change is dated {newest[0].created:%Y-%m-%d %H:%M} UTC, after now."
        yield Finding("clock", "error", detail)
    else:
        yield Finding("clock", "ok", f"The clock says {now:%Y-%m-%d %H:%M} UTC.")


def _epoch(database: Database) -> Iterator[Finding]:
    with database.snapshot() as s:
        committed = s.epoch
    ahead = database.counter() - committed
    if database.shared_counter and ahead > 0:
        detail = f"The epoch file is {ahead} ahead of the database; the next change mends that."
        yield Finding("epoch", "warning", detail)
    else:
        yield Finding("epoch", "ok", f"The epoch is {committed}.")


def _records(database: Database) -> Iterator[Finding]:
    dropped = database.records.dropped()
    if dropped:
        yield Finding("records", "warning", f"{dropped} access records could not be kept.")
    else:
        yield Finding("records", "ok", "No access record was lost.")


def _observing(database: Database) -> Iterator[Finding]:
    """Look what is let through that the rule would refuse."""
    if database.settings.mode == "observe":
        detail = "KEYREEVE_MODE=observe: doors in front of other APIs refuse nothing but note it."
        if database.settings.observe_keys == "required":
            detail = "KEYREEVE_MODE=observe: doors let through whoever has a valid key."
        yield Finding("mode", "warning", detail)
    with database.snapshot() as s:
        observed = observing.observed_groups(s)
    for group in observed:
        detail = f"The group {group.name} is observed: whoever has a valid key is let through."
        yield Finding("mode", "warning", detail)
    if database.settings.mode != "observe" and not observed:
        yield Finding("mode", "ok", "Doors enforce in every group, if started with these settings.")


def _catalogue(database: Database) -> Iterator[Finding]:
    """Tell whether doors in front of another API know an operation of it."""
    with database.snapshot() as s:
        known = len(s.catalogue.operations())
    detail = f"Operations that doors in front of other APIs know: {known}."
    if not known:
        detail = "Nothing was imported: doors in front of other APIs let nothing through."
    yield Finding("catalogue", "ok", detail)


def _mode(path: Path) -> int:
    return path.stat().st_mode


_LOOKS: tuple[Callable[[Database], Iterator[Finding]], ...] = (
    _database,
    _sqlite,
    _modes,
    _epoch,
    _records,
    _clock,
    _catalogue,
    _observing,
)
