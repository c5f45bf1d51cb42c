"""What no linter says of the house: the mirror, the sizes, the words, who reads the clock."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "keyreeve"
LINES_IN_A_FILE = 260
LINES_IN_A_FUNCTION = 40
LINES_IN_AN_ADR = 90
BANNED_NAMES = {"utils", "util", "helpers", "common", "base", "manager", "core", "misc"}
INSTALLED = {".venv", ".venv-clients", "node_modules"}
PURE_ROOMS = ("domain", "protocol")
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "time_ns", "clock_gettime", "urandom"}
CLOCK_OWNERS = {"datetime", "date", "time", "os", "secrets", "random", "uuid"}
EDGE_READERS = ("app", "cli")


MODULES = [
    path
    for path in sorted(SOURCE.rglob("*.py"))
    if "migrations" not in path.parts and path.name != "__init__.py"
]


def named(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_every_module_has_a_test_of_its_own_path(path: Path) -> None:
    mirror = ROOT / "tests" / path.relative_to(SOURCE).with_name(f"test_{path.name}")
    does_something = any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(ast.parse(path.read_text()))
    )
    assert mirror.exists() or not does_something, f"{mirror.relative_to(ROOT)} is missing"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_file_and_its_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LINES_IN_A_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LINES_IN_A_FUNCTION, node.name


def test_no_module_is_named_for_nothing() -> None:
    assert not {path.stem for path in SOURCE.rglob("*.py")} & BANNED_NAMES
    assert not {path.name for path in SOURCE.rglob("*") if path.is_dir()} & BANNED_NAMES


def test_the_core_holds_no_suppression() -> None:
    for room in PURE_ROOMS:
        for path in (SOURCE / room).rglob("*.py"):
            assert not re.search(r"# (noqa|type: ignore)", path.read_text()), path


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if p.relative_to(SOURCE).parts[0].removesuffix(".py") not in EDGE_READERS],
    ids=named,
)
def test_only_the_outermost_rooms_read_clock_environment_and_entropy(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner, name = node.value.id, node.attr
            assert not (owner in CLOCK_OWNERS and name in CLOCKS), f"line {node.lineno}"
            assert (owner, name) != ("os", "environ"), f"line {node.lineno}"


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda p: p.stem)
def test_a_decision_record_is_short(path: Path) -> None:
    assert path.read_text().count("\n") <= LINES_IN_AN_ADR


@pytest.mark.parametrize(
    "path",
    sorted(p for p in ROOT.glob("**/*.md") if not INSTALLED & set(p.parts)),
    ids=lambda p: p.stem,
)
def test_every_link_between_pages_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target
