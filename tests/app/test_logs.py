"""The log, as a process writes it."""

import json
import subprocess
import sys

import pytest

SECRET = "kr_" + "aB3" * 9 + "xyz123"
HOSTILE = '\r\n{"forged": 1}\x1b[2J\x7f\x85\u2028\u202e\ufeff'
RAISING = f"""
try:
    raise ValueError("{SECRET}")
except ValueError:
    structlog.get_logger().exception("broken")
"""
PROGRAM = """
import json, logging, sys, warnings
import structlog
from keyreeve.app import logs
logs.configure("info")
exec(sys.stdin.read())
"""


def lines(program: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=program,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout == ""
    return done.stderr.split("\n")[:-1]


@pytest.mark.parametrize(
    "program",
    [
        f"structlog.get_logger().info({HOSTILE!r}, target={HOSTILE!r})",
        f"logging.getLogger('some.library').warning('%s', {HOSTILE!r})",
        f"structlog.get_logger().info('event', **{{'key': {HOSTILE!r}}})",
    ],
)
def test_one_event_is_one_line_of_printable_ascii_whatever_it_holds(program: str) -> None:
    (line,) = lines(program)
    assert line.isascii()
    assert line.isprintable()
    event = json.loads(line)
    assert event["level"] in ("info", "warning")
    assert event["time"].endswith("Z")
    assert HOSTILE in event.values()


@pytest.mark.parametrize(
    "program",
    [
        f"structlog.get_logger().info('x', target='/a?key={SECRET}')",
        f"logging.getLogger('any').error('key %s', '{SECRET}')",
        f"logging.getLogger('any').error('Authorization: Bearer {SECRET}')",
        RAISING,
        f"warnings.warn('{SECRET}')",
    ],
)
def test_a_key_that_strays_into_the_log_is_redacted(program: str) -> None:
    text = "\n".join(lines(program))
    assert text
    assert SECRET not in text
    assert SECRET[3:-4] not in text


def test_an_authorization_value_in_free_text_is_redacted() -> None:
    header = 'Digest username=\\"ada\\", response=\\"6629fae49393a05397450978507c4ef1\\"'
    (line,) = lines(f"logging.getLogger('any').error('{header}')")
    assert "6629fae4" not in line
    assert "ada" not in line


def test_libraries_are_quiet_below_warning() -> None:
    assert lines("logging.getLogger('uvicorn.error').info('Started server process')") == []
    assert len(lines("logging.getLogger('uvicorn.error').warning('odd')")) == 1


def test_a_level_below_the_threshold_is_not_written() -> None:
    assert lines("structlog.get_logger().debug('detail')") == []
