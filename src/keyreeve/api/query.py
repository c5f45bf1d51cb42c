"""Query parameters that every operation takes: paging, counting, and how answers are written."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode

from keyreeve.api.refusals import InvalidQueryParameter

PAGE = "pageNum"
PER_PAGE = "itemsPerPage"
PER_PAGE_DEFAULT = 100
PER_PAGE_LIMIT = 500
PARAMETERS_LIMIT = 100

Pairs: TypeAlias = tuple[tuple[str, str], ...]

# Fifteen digits: an offset of such pages still fits into the 64 bits of every database.
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_SPACE_BEFORE_ZONE = re.compile(r" (?=[0-9]{2}:?[0-9]{2}\Z)(?<=:[0-9]{2} )", re.ASCII)
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Style:
    """How an answer is written: inside an envelope that repeats its status, and indented."""

    envelope: bool = False
    pretty: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What a query asks for."""

    page: int = 1
    per_page: int = PER_PAGE_DEFAULT
    counted: bool = True
    style: Style = Style()
    others: Pairs = ()
    """Every parameter but the two of paging, as links repeat them."""

    @property
    def offset(self) -> int:
        """How many items stand on earlier pages."""
        return (self.page - 1) * self.per_page

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a parameter that may be repeated."""
        return tuple(value for given, value in self.others if given == name)

    def one(self, name: str) -> str | None:
        """Return the value of a parameter, or None if it is not given.

        Raises:
            InvalidQueryParameter: it is given twice.
        """
        values = self.all(name)
        if len(values) > 1:
            raise InvalidQueryParameter(name, "it is given twice")
        return values[0] if values else None

    def moment(self, name: str) -> datetime | None:
        """Return the moment that a parameter names; without a zone it is UTC (ISO 8601).

        Raises:
            InvalidQueryParameter: it names none, or is given twice.
        """
        text = self.one(name)
        if text is None:
            return None
        try:
            # In a query `+` is a space; before a zone none can stand.
            moment = datetime.fromisoformat(_SPACE_BEFORE_ZONE.sub("+", text))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise InvalidQueryParameter(
                name, "a date as in 2026-01-02T03:04:05Z is needed"
            ) from None

    def at(self, page: int, per_page: int | None = None) -> str:
        """Return this query for another page."""
        paging = ((PAGE, str(page)), (PER_PAGE, str(per_page or self.per_page)))
        return urlencode((*self.others, *paging))


def parse(raw: bytes) -> Query:
    """Read a query. Parameters that nobody knows change nothing.

    Raises:
        InvalidQueryParameter: naming the parameter that has no sense.
    """
    try:
        pairs = _pairs(raw)
    except ValueError:
        raise InvalidQueryParameter("", f"at most {PARAMETERS_LIMIT} parameters") from None
    given: dict[str, str] = {}
    for name, value in pairs:
        if name in given and name in _KNOWN:
            raise InvalidQueryParameter(name, "it is given twice")
        given[name] = value
    return Query(
        page=_number(given, PAGE, 1, None),
        per_page=_number(given, PER_PAGE, PER_PAGE_DEFAULT, PER_PAGE_LIMIT),
        counted=_flag(given, "includeCount", default=True),
        style=Style(
            envelope=_flag(given, "envelope", default=False),
            pretty=_flag(given, "pretty", default=False),
        ),
        others=tuple(pair for pair in pairs if pair[0] not in (PAGE, PER_PAGE)),
    )


def style(raw: bytes) -> Style:
    """Tell how an answer is wanted, whatever else may be wrong with the query."""
    try:
        pairs = _pairs(raw)
    except ValueError:
        return Style()
    wanted = {name for name, value in pairs if value.lower() == "true"}
    return Style(envelope="envelope" in wanted, pretty="pretty" in wanted)


_KNOWN = frozenset({PAGE, PER_PAGE, "includeCount", "envelope", "pretty"})


def _pairs(raw: bytes) -> Pairs:
    text = raw.decode("latin-1")
    return tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=PARAMETERS_LIMIT))


def _number(given: dict[str, str], name: str, default: int, limit: int | None) -> int:
    text = given.get(name)
    if text is None:
        return default
    number = int(text) if _NUMBER.fullmatch(text) else 0
    if number < 1 or (limit is not None and number > limit):
        most = "" if limit is None else f" to {limit}"
        raise InvalidQueryParameter(name, f"a whole number from 1{most} is needed")
    return number


def _flag(given: dict[str, str], name: str, *, default: bool) -> bool:
    text = given.get(name)
    if text is None:
        return default
    if text.lower() not in _FLAGS:
        raise InvalidQueryParameter(name, "true or false is needed")
    return _FLAGS[text.lower()]
