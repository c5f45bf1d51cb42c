"""Routes: every path of the console, who may take it and under which conditions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from keyreeve.console.answers import Answer
from keyreeve.console.visit import Rule, Visit

Handler: TypeAlias = Callable[[Visit], Answer]


def _start(_: Visit) -> str:
    return "/"


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path. What changes something is a POST, and its form needs its token."""

    method: str
    path: str
    """A template: `{group}` stands for one segment."""
    handler: Handler
    rule: Rule = field(default_factory=Rule)
    back: Callable[[Visit], str] = _start
    """The page with this form on it, holding what was typed."""
    step_up: Handler | None = None
    """Asks for the code that the rule demands."""
    again: Handler | None = None
    """Shows the form anew when its token is stale, where `back` could not hold what was typed."""
    slow: bool = False
    """Whether it hashes a password."""

    @property
    def csrf(self) -> bool:
        """Whether it changes something, and so demands the token of its form."""
        return self.method == "POST"


@dataclass(frozen=True, slots=True)
class Known:
    """The path is known under other methods."""

    methods: tuple[str, ...]


class Table:
    """All routes."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = tuple(routes)

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | Known | None:
        """Return the route of a request with what its path names. HEAD is answered as GET is."""
        wanted = "GET" if method == "HEAD" else method
        methods: set[str] = set()
        for route in self._routes:
            parameters = _matched(route.path, path)
            if parameters is None:
                continue
            if route.method == wanted:
                return route, parameters
            methods |= {"GET", "HEAD"} if route.method == "GET" else {route.method}
        return Known(tuple(sorted(methods))) if methods else None


def _matched(template: str, path: str) -> dict[str, str] | None:
    expected, found = template.split("/"), path.split("/")
    if len(expected) != len(found):
        return None
    parameters: dict[str, str] = {}
    for want, have in zip(expected, found, strict=True):
        if want.startswith("{") and have:
            parameters[want.strip("{}")] = have
        elif want != have:
            return None
    return parameters
