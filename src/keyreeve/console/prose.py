"""Prose: our own Markdown pages as HTML. Markup that stands in them stays text."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

Leads: TypeAlias = Callable[[str], str | None]
"""Where a link of a page leads as it is served; None where nothing is served."""

_ANCHOR = re.compile(r'<a id="([a-z0-9_-]+)"></a>')
_UNFIT = re.compile(r"[^a-z0-9 _-]")


@dataclass(frozen=True, slots=True)
class Prose:
    """A page: its title, and all of it as HTML."""

    title: str
    body: Markup


def written(text: str, leads: Leads) -> Prose:
    """Return a page as HTML. Its headings can be linked to; links that lead nowhere are text."""
    reader = _reader()
    tokens = list(_with_anchors(reader.parse(text)))
    for token in tokens:
        if token.type == "inline":
            token.children = list(_with_links(token.children or (), leads))
    _without_empty_headings(tokens)
    titles = (token.content for token in tokens if token.type == "inline")
    html = reader.renderer.render(tokens, reader.options, {})
    return Prose(next(titles, ""), Markup(html))  # noqa: S704  # the renderer escaped what it is not


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False})
    return reader.enable("table").disable(["image", "autolink"])


def _with_anchors(tokens: Sequence[Token]) -> Iterator[Token]:
    """Give each heading an id: the anchor in the line above it, or one made of its words."""
    anchor: str | None = None
    hidden = 0
    for token, following in zip_longest(tokens, tokens[1:]):
        found = _ANCHOR.fullmatch(following.content) if following is not None else None
        if token.type == "paragraph_open" and found is not None:
            anchor, hidden = found[1], 3
        if hidden:
            hidden -= 1
            continue
        if token.type == "heading_open" and following is not None:
            token.attrSet("id", anchor or _slug(following.content))
            anchor = None
        yield token


def _slug(heading: str) -> str:
    return _UNFIT.sub("", heading.lower()).replace(" ", "-")


def _with_links(tokens: Sequence[Token], leads: Leads) -> Iterator[Token]:
    """Let each link lead to where its page is served."""
    shown = True
    for token in tokens:
        if token.type == "link_open":
            target = leads(str(token.attrGet("href")))
            shown = target is not None
            token.attrSet("href", target or "")
        if shown or token.type not in {"link_open", "link_close"}:
            yield token
        shown = shown or token.type == "link_close"


def _without_empty_headings(tokens: Sequence[Token]) -> None:
    """Let a column without a heading have none, instead of an empty one that is read out."""
    for opening, content, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type == "th_open" and not content.content:
            opening.tag = closing.tag = "td"
