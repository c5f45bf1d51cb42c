"""The log: one JSON object a line on standard error, whatever stands in it."""

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from keyreeve.protocol import token

_CREDENTIALS = re.compile(r"(?i)\b(digest|basic|bearer)\s+[^\s'\"][^\r\n]*")
_encode = json.JSONEncoder(default=str, separators=(",", ":")).encode
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


def _redacted(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Take Authorization values out of free text, up to the end of their line."""
    for name in ("event", "exception"):
        text = str(event.get(name, ""))
        # The name of an event of our own is one word, and there are many of those.
        if " " in text:
            event[name] = _CREDENTIALS.sub(r"\1 ********", text)
    return event


def _text(_logger: object, _method: str, event: Mapping[str, Any]) -> str:
    """Write an event as one line of ASCII: escapes for every control, and for what only looks so.

    JSON escapes the C0 controls; ASCII output also DEL, what ends a line elsewhere (U+0085,
    U+2028), and what turns its direction. No key passes, wherever it stands.
    """
    first = {"time": event["time"], "level": event["level"], "event": event["event"]}
    return token.redact_within(_encode(first | dict(event)))


def _line(logger: object, method: str, event: Mapping[str, Any]) -> bytes:
    return _text(logger, method, event).encode("ascii")
