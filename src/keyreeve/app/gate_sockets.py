"""Where a gate listens: a port, or a socket file that only proxies may open."""

import os
import re
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from keyreeve.app import server
from keyreeve.app.serving import Listening
from keyreeve.domain.errors import Refusal

UNIX = "unix:"
HIGHEST_PORT = 65535
MODE = 0o660
"""Of the socket file: whoever may open it is believed, so it is for owner and group alone."""

_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+)):([0-9]{1,5})")


class BadListenAddress(Refusal):
    """The address cannot be read, or cannot be had."""

    code: ClassVar[str] = "CANNOT_LISTEN"
    sentence: ClassVar[str] = "Cannot listen on {0}: {1}."


@dataclass(frozen=True, slots=True)
class GateSocket:
    """A socket that is ours, and how to call it."""

    socket: socket.socket
    shown: str
    local: bool


@contextmanager
def listening(text: str) -> Iterator[GateSocket]:
    """Take `HOST:PORT` or `unix:PATH`; a socket file is gone afterwards.

    Raises:
        Refusal: saying what stands in the way.
    """
    if not text.startswith(UNIX):
        match = _ADDRESS.fullmatch(text)
        if match is None or int(match[3]) > HIGHEST_PORT:
            raise BadListenAddress(text, "HOST:PORT or unix:PATH is needed")
        taken = Listening.on(match[1] or match[2], int(match[3]))
        with taken.socket:
            yield GateSocket(taken.socket, taken.url.removeprefix("http://"), local=False)
        return
    path = Path(text.removeprefix(UNIX))
    with _bound(path) as listener:
        try:
            yield GateSocket(listener, text, local=True)
        finally:
            path.unlink(missing_ok=True)


def _bound(path: Path) -> socket.socket:
    """Make the socket file, over one that nobody listens on any more."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _clear(path)
        # From its first moment it has no more permissions than it is to have.
        before = os.umask(0o777 & ~MODE)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(server.BACKLOG)
    except OSError as failure:
        listener.close()
        raise BadListenAddress(UNIX + str(path), failure.strerror or str(failure)) from failure
    return listener


def _clear(path: Path) -> None:
    """Remove a socket file that was left behind; anything else stays, and is refused."""
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
