"""The files behind our pages, read once; their paths change with their content."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
KEPT = "public, max-age=31536000, immutable"
ASKED_AGAIN = "no-cache"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is served."""

    content: bytes
    content_type: str
    version: str


@cache
def every() -> dict[str, StaticFile]:
    """Return all files by name."""
    return {file.name: _read(file) for file in sorted(FOLDER.iterdir()) if file.suffix in _TYPES}


def path(name: str) -> str:
    """Return the path of a file that a browser may keep for ever."""
    return f"{PREFIX}{name}?v={every()[name].version}"


def caching(file: StaticFile, version: str) -> str:
    """Return the Cache-Control of a file that was asked for under this version."""
    return KEPT if version == file.version else ASKED_AGAIN


def _read(file: Path) -> StaticFile:
    content = file.read_bytes()
    version = hashlib.sha256(content).hexdigest()[:12]
    return StaticFile(content, _TYPES[file.suffix], version)
