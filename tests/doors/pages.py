"""Pages of the documentation, done as they say: each block of commands, each promised answer."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

SECONDS = 90
ANYTHING = "..."
INSTALL = "install"
"""The terminal of what was done before the tests began."""

_BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """Commands for one terminal, and what they print, if the page promises anything."""

    terminal: str
    commands: str
    promised: str


def steps(page: Path) -> list[Step]:
    """Read what a page has its reader do. A block with a name goes to a terminal of that name."""
    found: list[Step] = []
    for language, terminal, text in _BLOCK.findall(page.read_text()):
        if language == "sh":
            found.append(Step(terminal, text, ""))
        elif language in ("text", "json") and found:
            last = found[-1]
            found[-1] = Step(last.terminal, last.commands, last.promised + text)
    return found


def blocks(page: Path, language: str) -> list[str]:
    """Return what stands in the blocks of a language."""
    return [text for found, _, text in _BLOCK.findall(page.read_text()) if found == language]


def mismatch(promised: str, printed: str) -> str | None:
    """Return the first promised line that did not come in its turn; `...` stands for anything."""
    lines = iter(printed.strip("\n").split("\n"))
    optional = False
    for promise in promised.strip("\n").split("\n"):
        if promise == ANYTHING:
            optional = True
            continue
        pattern = re.compile(".*".join(map(re.escape, promise.split(ANYTHING))))
        for line in lines:
            if pattern.fullmatch(line):
                break
            if not optional:
                return promise
        else:
            return promise
        optional = False
    return None


class Terminal:
    """A shell that remembers, as the one in front of a reader does."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash"], cwd=folder, env=environment, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._printed: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the shell, and what runs in it."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(SECONDS)
        self._reader.join(SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def run(self, commands: str) -> str:
        """Do commands to their end, and return what they print."""
        before = len(self._printed)
        self.start(f'{commands}\necho "ended $?"')
        self._await(lambda: "ended " in "".join(self._printed[before:]))
        printed, _, status = "".join(self._printed[before:]).rpartition("ended ")
        assert status == "0\n", printed + status
        return printed

    def start(self, commands: str) -> None:
        """Do commands that do not end by themselves."""
        assert self._process.stdin is not None
        self._process.stdin.write(commands + "\n")
        self._process.stdin.flush()

    def show(self, promised: str) -> None:
        """Wait until what was started has printed this."""
        self._await(lambda: mismatch(promised, "".join(self._printed)) is None)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._printed.append(line)

    def _await(self, arrived: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not arrived():
            assert time.monotonic() < deadline, "".join(self._printed)
            assert self._process.poll() is None, "".join(self._printed)
            time.sleep(0.02)


def follow(
    page: Path,
    folder: Path,
    *,
    instead: Mapping[str, str],
    ports: Mapping[str, int],
    inner: str = "first-guard",
) -> int:
    """Do what a page says, in as many terminals as it asks for; return how many answers it kept.

    `inner` is the folder to which the page leads; `instead` is what is typed for some words of
    the page, such as ports that are free here; `ports` are those that must answer before the
    terminal of that name counts as ready.
    """
    kept = 0
    with ExitStack() as closing:
        terminals: dict[str, Terminal] = {}
        for step in steps(page):
            if step.terminal == INSTALL:
                continue
            if step.terminal not in terminals:
                where = folder if not terminals else folder / inner
                opened = Terminal(where, environment())
                terminals[step.terminal] = closing.enter_context(opened)
            terminal = terminals[step.terminal]
            commands, promised = _with(instead, step.commands), _with(instead, step.promised)
            if step.terminal:
                terminal.start(commands)
                terminal.show(promised)
                if step.terminal in ports:
                    await_port(ports[step.terminal])
            else:
                printed = terminal.run(commands)
                missed = mismatch(promised, printed) if promised else None
                assert missed is None, f"{missed!r} is promised after\n{commands}\nnot\n{printed}"
            kept += bool(promised)
    return kept


def environment() -> dict[str, str]:
    """Return what a reader's shell has: our commands first, and no settings."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("KEYREEVE_")}
    return inherited | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def await_port(port: int) -> None:
    """Wait until somebody listens there."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            assert time.monotonic() < deadline, f"nobody listens on {port}"
            time.sleep(0.05)


def _with(instead: Mapping[str, str], text: str) -> str:
    for word, other in instead.items():
        text = text.replace(word, other)
    return text
