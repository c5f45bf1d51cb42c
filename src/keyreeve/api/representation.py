"""How documents are written: compact or indented, bare or in an envelope; dates in UTC."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from keyreeve.api.query import Style

T = TypeVar("T")


class Document(msgspec.Struct, frozen=True, rename="camel"):
    """What an answer holds. An attribute without a value is left out."""


class Link(Document, frozen=True):
    """One of a document's links."""

    href: str
    rel: str


class Page(Document, Generic[T], frozen=True):
    """Part of a list, and the way to its other parts."""

    links: list[Link]
    results: list[T]
    total_count: int | UnsetType = UNSET


class Nothing(Document, frozen=True):
    """What is left of what was deleted: an empty object, since some clients parse every body."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers."""

    status: int
    document: Document | dict[str, Any]


def encode(reply: Reply, style: Style) -> bytes:
    """Write a reply down."""
    document = reply.document
    content: Any = msgspec.to_builtins(document)
    if style.envelope and isinstance(document, Page):
        content = {"status": reply.status, **content}
    elif style.envelope:
        content = {"status": reply.status, "content": content}
    return _indented(content, "\n").encode() if style.pretty else msgspec.json.encode(content)


def moment(time: datetime) -> str:
    """Write a time as the API does: ISO 8601, UTC, whole seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _indented(value: Any, margin: str) -> str:  # noqa: ANN401  any JSON value
    """Write a value over several lines, with a space on either side of the colon."""
    if value in ({}, []):
        return "{ }" if isinstance(value, dict) else "[ ]"
    if isinstance(value, dict):
        inner = margin + "  "
        members = (f"{inner}{_plain(k)} : {_indented(v, inner)}" for k, v in value.items())
        return "{" + ",".join(members) + margin + "}"
    if isinstance(value, list):
        return "[ " + ", ".join(_indented(item, margin) for item in value) + " ]"
    return _plain(value)


def _plain(value: Any) -> str:  # noqa: ANN401  any JSON value but containers
    return json.dumps(value, ensure_ascii=False)
