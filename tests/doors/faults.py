"""Fault points: every call and every await on the way to a decision, each of which can be made to
fail.

Modules are compiled with a question before each of them, `__fault__(number)`: shall this one fail?
Nothing is listed by hand, so nothing can be forgotten.
"""

import ast
import builtins
import importlib.abc
import importlib.machinery
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import CodeType, ModuleType
from typing import Any, NamedTuple

ROOMS = ("keyreeve.enforcement.", "keyreeve.judge.")
STORAGE = ("database", "presence", "epoch", "subjects", "catalogue", "transaction", "sealing")
"""What a decision asks of the store, besides rooms of which it may need everything."""
ASKED = "__fault__"


class Point(NamedTuple):
    """One call or await."""

    module: str
    function: str
    text: str


@dataclass
class Faults:
    """Every point that was compiled in, what was passed, and which one is to fail next."""

    points: list[Point] = field(default_factory=list)
    passed: list[int] = field(default_factory=list)
    fired: bool = False
    is_over: Callable[[], bool] = lambda: False
    """Whether it is out what was decided: what comes later is no point on the way."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _left: int = -1
    _failure: Callable[[], BaseException] | None = None

    def arm(self, after: int, failure: Callable[[], BaseException] | None) -> None:
        """Have the point after so many others fail; without a failure only note what is passed."""
        self.passed = []
        self.fired = False
        self._left, self._failure = after, failure

    def ask(self, number: int) -> None:
        """Fail, if this is the point."""
        with self._lock:
            if self.is_over():
                return
            self.passed.append(number)
            self._left -= 1
            if self._failure is None or self._left >= 0:
                return
            failure, self._failure = self._failure, None
            self.fired = True
        raise failure()

    def install(self) -> None:
        """Have every module on the way to a decision compiled with its questions."""
        setattr(builtins, ASKED, self.ask)
        sys.meta_path.insert(0, _Finder(self))

    def compiled(self, source: bytes, path: str, module: str) -> CodeType:
        """Compile one module with a question before each call and await."""
        tree = _Asking(self.points, module).visit(ast.parse(source))
        code: CodeType = compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
        return code


def is_on_the_way(module: str) -> bool:
    if module.startswith(ROOMS):
        return True
    room, _, name = module.rpartition(".")
    return room == "keyreeve.storage" and name in STORAGE


class _Finder(importlib.abc.MetaPathFinder):
    """Finds modules as always, and has those on the way compiled by us."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not is_on_the_way(fullname):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            return None
        spec.loader = _Loader(fullname, spec.origin, self._faults)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, faults: Faults) -> None:
        super().__init__(fullname, path)
        self._faults = faults

    def get_code(self, fullname: str) -> CodeType:
        """Compile anew each time: what lies compiled on the disk asks nothing."""
        return self._faults.compiled(self.get_data(self.path), self.path, fullname)


class _Asking(ast.NodeTransformer):
    """Puts the question before each call and await inside functions."""

    def __init__(self, points: list[Point], module: str) -> None:
        self._points = points
        self._module = module.removeprefix("keyreeve.")
        self._names: list[str] = []
        self._depth = 0

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._names.append(node.name)
        self._visit_all(node.body)
        self._names.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """Leave alone what fails anyway."""
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        text = f"{ast.unparse(node.func)}()"
        return self._asked(node, text)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        awaited = node.value
        named = awaited.func if isinstance(awaited, ast.Call) else awaited
        return self._asked(node, f"await {ast.unparse(named)}")

    def _function(self, node: Any) -> ast.AST:
        self._names.append(node.name)
        self._depth += 1
        self._visit_all(node.body)
        self._depth -= 1
        self._names.pop()
        return node

    def _visit_all(self, body: list[Any]) -> None:
        body[:] = [self.visit(statement) for statement in body]

    def _asked(self, node: Any, text: str) -> ast.AST:
        """Return `(__fault__(number), node)[1]`."""
        if not self._depth:
            return self.generic_visit(node)
        number = len(self._points)
        self._points.append(Point(self._module, ".".join(self._names), text))
        self.generic_visit(node)
        question = ast.Call(ast.Name(ASKED, ast.Load()), [ast.Constant(number)], [])
        pair = ast.Tuple([question, node], ast.Load())
        return ast.copy_location(ast.Subscript(pair, ast.Constant(1), ast.Load()), node)


def table(points: Sequence[Point], reached: Iterable[int]) -> list[str]:
    """Return a line for each point of each function that some decision comes through."""
    seen = set(reached)
    functions = {points[number][:2] for number in seen}
    lines: dict[Point, list[bool]] = {}
    for number, point in enumerate(points):
        if point[:2] in functions:
            lines.setdefault(point, []).append(number in seen)
    return [_line(point, passed) for point, passed in lines.items()]


def _line(point: Point, passed: list[bool]) -> str:
    times = f" x{len(passed)}" if len(passed) > 1 else ""
    missed = "" if all(passed) else f"  ({passed.count(False)} not reached)"
    return f"{point.module:<27} {point.function:<34} {point.text}{times}{missed}"
