"""Absolute links, under the base that the caller used."""

from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from msgspec import UNSET

from keyreeve.api.query import PER_PAGE_LIMIT, Query
from keyreeve.api.representation import Link, Page

BASES = ("/api/public/v1.0", "/api/atlas/v1.0")
"""Where the API answers: the same resources under both."""
EXTENSION = "http://mms.mongodb.com/"
"""Before every relation that no standard names; clients look for it literally."""

_IN_SEGMENTS = "~!$&'()*+,;=:@"
"""What a segment may hold unescaped (RFC 3986, section 3.3); all else, `/` too, is escaped."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the links of one answer."""

    base: str
    """Scheme, host and base path, without a slash at the end."""

    def href(self, *segments: str) -> str:
        """Return the absolute URL of a resource."""
        path = "/".join(quote(segment, safe=_IN_SEGMENTS) for segment in segments)
        return f"{self.base}/{path}" if segments else self.base

    def own(self, *segments: str) -> Link:
        """Return a document's link to itself."""
        return Link(self.href(*segments), "self")

    def to(self, relation: str, *segments: str) -> Link:
        """Return a link to something that belongs to a document."""
        return Link(self.href(*segments), EXTENSION + relation)

    def page(self, query: Query, results: list[T], total: int, *segments: str) -> Page[T]:
        """Return one page of a list."""
        url = self.href(*segments)
        links = [Link(f"{url}?{query.at(query.page)}", "self")]
        if query.page > 1:
            links.append(Link(f"{url}?{query.at(query.page - 1)}", "previous"))
        if query.offset + query.per_page < total:
            links.append(Link(f"{url}?{query.at(query.page + 1)}", "next"))
        return Page(links, results, total if query.counted else UNSET)

    def whole(self, query: Query, results: list[T], *segments: str) -> Page[T]:
        """Return a whole list, whichever page was asked for; its link reads it whole again."""
        per_page = query.per_page if len(results) <= query.per_page else PER_PAGE_LIMIT
        own = Link(f"{self.href(*segments)}?{query.at(1, per_page)}", "self")
        return Page([own], results, len(results) if query.counted else UNSET)


def base_of(target: str) -> str:
    """Return the base that a target stands under."""
    return next((base for base in BASES if target.startswith(base)), BASES[0])
