"""Entity tags: whether what a client has in hand is still what there is (RFC 9110, section 13).

A tag has two parts, told apart by us alone: what was set, and the whole answer to the byte. Counts
and times of last use are in the second part only, or no document could be changed on the strength
of having been read: the reading itself moves them.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec
from starlette.datastructures import Headers

from keyreeve.domain.errors import Refusal

MOVED_BY_USE = frozenset({"count", "lastUsed", "lastUsedAddress"})

_DIGITS = 24
_TAG = re.compile(r'(?:W/)?"([^"]*)"')

Tags: TypeAlias = frozenset[str] | None
"""Tags without their quotes; None stands for `*`, any."""


class PreconditionFailed(Refusal):
    """The resource is not, or no longer, as a condition of the request says."""

    code = "PRECONDITION_FAILED"
    sentence = "The resource is not, or no longer, as {0} says."


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a request demands of the state that it finds. An empty set demands nothing."""

    match: Tags = frozenset()
    none_match: Tags = frozenset()

    @property
    def any(self) -> bool:
        """Tell whether anything is demanded."""
        return self.match != frozenset() or self.none_match != frozenset()

    def demand(self, document: Any | None, *, changing: bool) -> None:  # noqa: ANN401  any document
        """Refuse, unless the document is as demanded; None: there is none to compare with.

        To a request that only reads, `If-None-Match` is no demand (see `known`).

        Raises:
            PreconditionFailed: naming the field.
        """
        state = None if document is None else _state(document)
        if self.match != frozenset() and not _holds(self.match, state):
            raise PreconditionFailed("If-Match")
        if changing and self.none_match != frozenset() and _holds(self.none_match, state):
            raise PreconditionFailed("If-None-Match")

    def known(self, tag: str) -> bool:
        """Tell whether the client has this very answer (RFC 9110, section 13.1.2)."""
        return self.none_match is None or tag.strip('"') in self.none_match


def read(headers: Headers) -> Conditions:
    """Read the conditions of a request. What is no tag matches nothing."""
    return Conditions(_tags(headers.getlist("if-match")), _tags(headers.getlist("if-none-match")))


def tag(document: Any, body: bytes) -> str:  # noqa: ANN401  any document
    """Return the entity tag of a document that was written down as `body`."""
    return f'"{_state(document)}.{_digest(body)}"'


def _tags(values: list[str]) -> Tags:
    if not values:
        return frozenset()
    text = ", ".join(values)
    if text.strip() == "*":
        return None
    return frozenset(_TAG.findall(text)) or frozenset({""})


def _holds(wanted: Tags, state: str | None) -> bool:
    if state is None:
        return False
    return wanted is None or state in {tag.partition(".")[0] for tag in wanted}


def _state(document: Any) -> str:  # noqa: ANN401  any document
    return _digest(msgspec.json.encode(_settled(msgspec.to_builtins(document))))


def _settled(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """Return a value without what is moved by use."""
    if isinstance(value, dict):
        return {k: _settled(v) for k, v in value.items() if k not in MOVED_BY_USE}
    return [_settled(item) for item in value] if isinstance(value, list) else value


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
