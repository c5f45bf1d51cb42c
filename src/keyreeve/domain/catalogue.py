"""The catalogue: the operations of one API, found by method and target."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from keyreeve.domain import template
from keyreeve.domain.operation import Operation
from keyreeve.protocol.target import NotCanonical, Target, plain, unescape

_REMARKABLE = re.compile("[/;?#]")
_new = tuple.__new__  # half the cost of calling Match


class AmbiguousTemplate(ValueError):
    """Two operations answer to the same method and the same paths."""


class Match(NamedTuple):
    """An operation, and what stands in its path for each parameter, unescaped."""

    operation: Operation
    parameters: Mapping[str, str]


class Known(NamedTuple):
    """The path is known, but under these methods only."""

    methods: tuple[str, ...]


class Catalogue:
    """The operations of one API, compiled to a tree of path segments."""

    __slots__ = ("_paths", "_root", "_ways", "operations")

    def __init__(self, operations: Iterable[Operation], bases: Iterable[str] = ("",)) -> None:
        """Compile the operations, each of which answers under every base path.

        Raises:
            AmbiguousTemplate: two operations could not be told apart.
            template.MalformedTemplate: a template cannot be compiled.
        """
        self.operations = tuple(operations)
        self._root = _Node()
        self._paths: list[tuple[Operation, template.Path]] = []
        self._ways: dict[template.Path, re.Pattern[str] | None] = {}
        for base in bases:
            for operation in self.operations:
                path = template.cut(operation, base)
                self._root.add(path, operation)
                self._paths.append((operation, path))

    def find(self, method: str, target: Target) -> Match | Known | None:
        """Find the operation of a request. A literal segment beats a parameter.

        One trailing slash is tolerated, and HEAD is the GET of its path (RFC 9110, section 9.3.2).

        Raises:
            NotCanonical: `%2F` stands where the operation allows none.
        """
        _, segments, _, _, is_plain = target
        if not segments[-1]:
            segments = segments[:-1]
        if not is_plain:
            segments = tuple(map(unescape, segments))
            if _REMARKABLE.search("".join(segments)):
                return self._search(method, segments)
        node = self._root
        for segment in segments:
            child = node.literal(segment)
            if child is None:
                child = node.parameter
                if child is None or (node.loose and segment.rstrip(". ").casefold() in node.loose):
                    return self._search(method, segments)
            node = child
        leaf = node.leaves.get(method)
        if leaf is None:
            return self._search(method, segments)
        return _new(Match, (leaf[0], {name: segments[at] for name, at in leaf[1]}))

    def way(self, operation: Operation, target: Target) -> re.Pattern[str] | None:
        """Return what matches plain targets of this operation, found for `target`, and no other's.

        A group stands for each parameter. None if the target is not plain, or if some path of the
        operation might be another's, whatever the method.
        """
        segments = target.segments if target.segments[-1] else target.segments[:-1]
        for owner, path in self._paths:
            if target.plain and owner is operation and path.admits(segments):
                if path not in self._ways:
                    rivals = any(path.rivals(other) for _, other in self._paths)
                    self._ways[path] = None if rivals else plain(path.literals)
                return self._ways[path]
        return None

    def _search(self, method: str, segments: tuple[str, ...]) -> Match | Known | None:
        """Try every branch, since a literal may lead nowhere where a parameter would not.

        What a lenient server would come to before we do is not what we would judge: then there is
        no operation.
        """
        slashes = frozenset(place for place, segment in enumerate(segments) if "/" in segment)
        methods: set[str] = set()
        lenient, alike = self._root.reached(segments, loosely=True), True
        for node in self._root.reached(segments):
            alike = alike and next(lenient) is node
            leaves = {name: leaf for name, leaf in node.leaves.items() if slashes <= leaf.slashes}
            if method in leaves:
                return leaves[method].match(segments) if alike else None
            methods |= leaves.keys()
        if methods:
            return Known(tuple(sorted(methods)))
        if slashes:
            raise NotCanonical("%2F stands where none may")
        return None


class _Leaf(NamedTuple):
    """The end of a path for one method."""

    operation: Operation
    places: tuple[tuple[str, int], ...]
    """Each parameter, and which segment it is."""
    slashes: frozenset[int]
    """The segments in which `%2F` may stand."""

    def match(self, segments: tuple[str, ...]) -> Match:
        """Read the parameters out of the path."""
        return _new(Match, (self.operation, {name: segments[at] for name, at in self.places}))


class _Node:
    """What may follow after some segments of a path."""

    __slots__ = ("leaves", "literal", "literals", "loose", "parameter")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.literal = self.literals.get
        self.loose: dict[str, list[_Node]] = {}
        """The literals as the most lenient servers read them."""
        self.parameter: _Node | None = None
        self.leaves: dict[str, _Leaf] = {}

    def add(self, path: template.Path, operation: Operation) -> None:
        """Grow the branch of one operation."""
        node = self
        for literal in path.literals:
            node = node._child(literal)
        method = operation.method
        rival = node.leaves.get(method)
        if rival is not None and rival.operation.method == method:
            raise AmbiguousTemplate(f"{operation.name} is not told from {rival.operation.name}")
        slashes = frozenset(at for name, at in path.places if name in operation.slash_in)
        node.leaves[method] = _Leaf(operation, path.places, slashes)
        if method == "GET":
            node.leaves.setdefault("HEAD", node.leaves[method])

    def reached(self, segments: tuple[str, ...], *, loosely: bool = False) -> Iterator["_Node"]:
        """Yield every node with operations that these segments lead to, literals first.

        Loosely: as servers read them that tell fewer segments apart.
        """
        if not segments:
            if self.leaves:
                yield self
            return
        first, rest = segments[0], segments[1:]
        exact = self.literals.get(first)
        if exact is not None:
            yield from exact.reached(rest, loosely=loosely)
        if loosely:
            for node in self.loose.get(template.loosely(first), ()):
                if node is not exact:
                    yield from node.reached(rest, loosely=loosely)
        if self.parameter is not None:
            yield from self.parameter.reached(rest, loosely=loosely)

    def _child(self, literal: str | None) -> "_Node":
        """Return the node behind a literal, or behind a parameter (None); make it if missing."""
        if literal is not None:
            if literal not in self.literals:
                self.literals[literal] = node = _Node()
                self.loose.setdefault(template.loosely(literal), []).append(node)
            return self.literals[literal]
        if self.parameter is None:
            self.parameter = _Node()
        return self.parameter
