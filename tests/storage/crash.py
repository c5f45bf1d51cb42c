"""Processes that die by kill -9 at a chosen line, and processes that all work at once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import keyreeve.storage
from keyreeve.domain.edge import Edge

ROOM = str(Path(keyreeve.storage.__file__).parent)
EFFECTS = {"link", "rename", "replace", "unlink", "fsync", "fchmod", "chmod"}
FORKS = "ignore:.*fork.*:DeprecationWarning"


def real_edge() -> Edge:
    """An edge whose entropy differs from process to process."""
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    return Edge(now=lambda: moment, ticks=lambda: 0, entropy=os.urandom)


def each_effect(action: Callable[[], object]) -> Iterator[int]:
    """Run `action` in a process that dies before it first touches the disk, then before it does so
    a second time, and so on; the last number is of the run that came through."""
    return _each(lambda number: _count_down(number, action, sys.setprofile, _is_effect))


def each_line(action: Callable[[], object], *functions: str) -> Iterator[int]:
    """Run `action` in a process that dies before its first line in these functions of the room,
    then before its second, and so on; the last number is of the run that came through."""

    def is_line(frame: FrameType, event: str, _: Any) -> bool:
        return event == "line" and _is_ours(frame, functions)

    return _each(lambda number: _count_down(number, action, sys.settrace, is_line))


def together(actions: Sequence[Callable[[], object]]) -> None:
    """Run each action in a process of its own, all at once; all must succeed."""
    pids = [_fork(action) for action in actions]
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0] * len(pids)


def killed_while(action: Callable[[int], object], wait: Callable[[int], object]) -> None:
    """Run `action` in a process; it writes to a pipe from which `wait` reads; then kill it."""
    reading, writing = os.pipe()
    pid = _fork(lambda: action(writing))
    os.close(writing)
    try:
        wait(reading)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reading)


def _run(action: Callable[[], object]) -> int:
    code = os.waitstatus_to_exitcode(os.waitpid(_fork(action), 0)[1])
    assert code in (0, -signal.SIGKILL), code
    return code


def _fork(action: Callable[[], object]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        action()
    except BaseException as failure:  # noqa: BLE001 - whatever it is, this process must end here
        sys.__stderr__.write(f"{failure!r}\n") if sys.__stderr__ else None
        os._exit(1)
    os._exit(0)


def _each(dying: Callable[[int], object]) -> Iterator[int]:
    number = 0
    survived = False
    while not survived:
        number += 1
        survived = _run(partial(dying, number)) == 0
        yield number


def _is_ours(frame: FrameType, functions: tuple[str, ...]) -> bool:
    code = frame.f_code
    return code.co_name in functions and code.co_filename.startswith(ROOM)


def _is_effect(_: FrameType, event: str, function: Any) -> bool:
    if event != "c_call":
        return False
    owner = getattr(function, "__module__", None) or type(function.__self__).__module__
    return (owner in ("posix", "fcntl") and function.__name__ in EFFECTS) or (
        owner.startswith("pysqlite3") and function.__name__ == "commit"
    )


def _count_down(
    number: int,
    action: Callable[[], object],
    watch: Callable[[Any], None],
    counts: Callable[[FrameType, str, Any], bool],
) -> None:
    left = number

    def look(frame: FrameType, event: str, what: Any) -> Any:
        nonlocal left
        if counts(frame, event, what):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
        # Lines are told of those frames only for which this is given back: tracing is slow.
        return look if event != "call" or frame.f_code.co_filename.startswith(ROOM) else None

    watch(look)
    action()
    watch(None)
