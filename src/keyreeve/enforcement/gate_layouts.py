"""The layouts of questions: where the facts stand in a head that is laid out like one before.

A proxy names the same fields in the same order again and again, and to be told each of them by
llhttp costs as much as the decision. So llhttp is only asked whether a question is well-formed and
whole; the facts are then cut out by a pattern, in one match.

Why both see the same: a pattern holds the names of all fields, byte for byte and in order, as
llhttp once told them, and lets a value run to the next carriage return. In a head that llhttp finds
well-formed a carriage return stands nowhere but at the end of a line, and no line goes on in the
next one. So a head that matches has these fields, each fact once, and no others. Fields after which
more than a head could come are in no layout, nor is anything else that is not an everyday question.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from keyreeve.enforcement.gate_question import Asked

METHOD, TARGET = b":method", b":target"
"""Stand for what the request line says, where no field does."""
LAYOUTS = 8
"""Layouts remembered; the oldest gives way. A proxy passes the fields of its clients on."""
LONGEST = 4096
"""Bytes of a head that is read so."""

_LENGTH = b"content-length"
_UNUSUAL = frozenset({b"transfer-encoding", b"trailer", b"upgrade", b"expect", b"early-data"})
_LINE = rb"([A-Z]++) ([^ \r]++) HTTP/1\.1\r\n"
_VALUE = rb"[ \t]*+([^\r]*+)\r\n"
_ANY_VALUE = rb"[^\r]*+\r\n"


class _Layout(NamedTuple):
    """What matches a head, and which groups are method, target, address and authorization."""

    match: Callable[[bytes], re.Match[bytes] | None]
    places: tuple[int, ...]


class Layouts:
    """The latest layouts that one gate has seen; bounded in number and in what learning costs.

    `names` are the fields of method, target, address and authorization; METHOD and TARGET stand
    for those of the request line.
    """

    def __init__(self, names: tuple[bytes, ...]) -> None:
        self._names = names
        self._known: tuple[_Layout, ...] = ()
        self._may_learn = True

    def read(self, head: bytes) -> tuple[bytes, ...] | None:
        """Return method, target, address and authorization, if llhttp finds the head well-formed.

        None: the layout is not known.
        """
        if len(head) <= LONGEST:
            for match, places in self._known:
                if found := match(head):
                    return found.group(*places)
        return None

    def learn(self, head: bytes, asked: Asked) -> None:
        """Remember how the head of a question is laid out.

        One each second: to compile a pattern costs as much as to answer many questions.
        """
        if not self._may_learn:
            return
        self._may_learn = False
        if self.read(head) is None and (layout := self._layout(head, asked)):
            self._known = (layout, *self._known[: LAYOUTS - 1])

    def grow_older(self) -> None:
        """Note that a second has passed."""
        self._may_learn = True

    def _layout(self, head: bytes, asked: Asked) -> _Layout | None:
        """Return the layout of a head; None if it is not that of an everyday question."""
        spelt = [line.partition(b":")[0] for line in head.split(b"\r\n")[1:-2]]
        names = [name.lower() for name in spelt]
        others = (name.lower() for name, _ in asked.fields)
        if sorted(names) != sorted([*asked.facts, *others]) or not _UNUSUAL.isdisjoint(names):
            return None
        facts = {METHOD: asked.line[0], TARGET: asked.line[1], **asked.facts}
        if any(name not in facts for name in self._names):
            return None
        groups = [METHOD, TARGET, *(name for name in names if name in self._names)]
        places = tuple(1 + groups.index(name) for name in self._names)
        match = re.compile(_LINE + b"".join(map(self._line, spelt)) + rb"\r\n").fullmatch
        found = match(head)
        if found is None or found.group(*places) != tuple(facts[name] for name in self._names):
            return None
        return _Layout(match, places)

    def _line(self, name: bytes) -> bytes:
        """Return what matches the line of one field."""
        lower, start = name.lower(), re.escape(name) + b":"
        if lower in self._names:
            return start + _VALUE
        # A proxy that states the length of no body means nothing by it.
        return start + (rb" 0\r\n" if lower == _LENGTH else _ANY_VALUE)
