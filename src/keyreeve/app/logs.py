"""The log: one JSON object a line on standard error, whatever stands in it."""

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from keyreeve.protocol import token

_KEY = re.compile(re.escape(token.PREFIX) + r"[0-9A-Za-z]{20,}")
_CREDENTIALS = re.compile(r"(?i)\b(digest|basic|bearer)\s+[^\s'\"][^\r\n]*")
_QUIET = ("uvicorn.error", "alembic", "asyncio")


def configure(level: str) -> None:
    """Write our own events, and those of the libraries, in one form."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    before: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*before, _redacted, _line],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _redacted,
                _text,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=threshold, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    logging.captureWarnings(capture=True)


def redact(text: str) -> str:
    """Return the text without the API keys and credentials that may have got into it."""
    if token.PREFIX in text:
        text = _KEY.sub(lambda key: token.redact(key[0]), text)
    return text


def _redacted(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Take keys out of every value, and whole Authorization values out of free text."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = redact(value)
    for name in ("event", "exception"):
        if name in event:
            event[name] = _CREDENTIALS.sub(r"\1 ********", str(event[name]))
    return event


def _text(_logger: object, _method: str, event: Mapping[str, Any]) -> str:
    """Write an event as one line of ASCII: escapes for every control, and for what only looks so.

    JSON escapes the C0 controls; ASCII output also those that end a line elsewhere (U+0085,
    U+2028) or turn its direction; DEL is the one left over.
    """
    return json.dumps(event, default=str, separators=(",", ":")).replace("\x7f", "\\u007f")


def _line(logger: object, method: str, event: Mapping[str, Any]) -> bytes:
    return _text(logger, method, event).encode("ascii")
