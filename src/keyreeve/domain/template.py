"""Path templates: what the paths of one operation have in common."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from keyreeve.domain.operation import Operation
from keyreeve.protocol import target

_PARAMETER = re.compile(r"\{([^{}]+)\}")
_CUT = re.compile("[;?#]")
_BRACE = re.compile(r"[{}]")


class MalformedTemplate(ValueError):
    """A template is not made of whole literal segments and whole parameters."""


class Path(NamedTuple):
    """A template cut at its slashes."""

    literals: tuple[str | None, ...]
    """The segments unescaped; None where a parameter stands."""
    places: tuple[tuple[str, int], ...]
    """Each parameter, and which segment it is."""

    def admits(self, segments: Sequence[str | None]) -> bool:
        """Tell whether these segments are ones of this path; None stands for any."""
        return len(segments) == len(self.literals) and all(
            mine is None or theirs is None or mine == theirs
            for mine, theirs in zip(self.literals, segments, strict=True)
        )

    def rivals(self, other: "Path") -> bool:
        """Tell whether some server might take segments of one path for those of another one."""
        return self.literals != other.literals and self.loose().admits(other.loose().literals)

    def loose(self) -> "Path":
        """Return the path as the most lenient servers read it."""
        literals = (None if text is None else loosely(text) for text in self.literals)
        return Path(tuple(literals), self.places)


def cut(operation: Operation, base: str) -> Path:
    """Cut the template of an operation under a base path; a trailing slash means nothing.

    Raises:
        MalformedTemplate: no target could match it, or a parameter is missing or stands twice.
    """
    path = base.rstrip("/") + operation.template
    segments = path.removesuffix("/").split("/")[1:]
    parameters = [_PARAMETER.fullmatch(segment) for segment in segments]
    literals = tuple(
        None if parameter else _literal(segment, path)
        for segment, parameter in zip(segments, parameters, strict=True)
    )
    places = tuple((match[1], at) for at, match in enumerate(parameters) if match)
    if path[:1] not in {"", "/"} or len(dict(places)) < len(places):
        raise MalformedTemplate(f"{path} does not begin with a slash or has a parameter twice")
    _check_named(operation, dict(places))
    return Path(literals, places)


def loosely(segment: str) -> str:
    """Return an unescaped segment as the most lenient servers read it.

    Some cut off what follows a `;` or an escaped `?` or `#`, some dots and spaces at the end, and
    some do not tell capitals from small letters.
    """
    return _CUT.split(segment, maxsplit=1)[0].rstrip(". ").casefold()


def _literal(segment: str, path: str) -> str:
    """Return a literal segment as it reads in a target, unescaped."""
    if not segment or _BRACE.search(segment):
        raise MalformedTemplate(f"{path} has an empty segment or a parameter within one")
    try:
        return target.unescape(segment)
    except ValueError:
        raise MalformedTemplate(f"{path} is not escaped properly") from None


def _check_named(operation: Operation, places: dict[str, int]) -> None:
    """Refuse an operation whose group or user would be read from nowhere."""
    places_named = [named for named in (operation.group, operation.user) if named]
    named = {named.parameter for named in places_named if named.source == "path"}
    for name in named | operation.slash_in:
        if name not in places:
            raise MalformedTemplate(f"{operation.template} has no parameter {name}")
