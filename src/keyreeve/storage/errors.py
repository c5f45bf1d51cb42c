"""What the store refuses, and what it finds broken."""

from pathlib import Path

from keyreeve.domain.errors import Refusal


class StartRefused(Refusal):
    """The installation cannot be opened as it is; nothing was changed."""

    code = "START_REFUSED"
    sentence = "{0}: {1}."

    def __init__(self, file: Path | str, reason: str) -> None:
        super().__init__(str(file), reason.removesuffix("."))


class BackupRefused(Refusal):
    """No backup was written."""

    code = "BACKUP_REFUSED"
    sentence = "{0}: {1}."


class DatabaseLost(OSError):
    """The files of the installation are gone, or are not those any more that were opened."""


class SealBroken(Exception):
    """A sealed value does not open: it was altered, moved to another row, or its key is gone."""
