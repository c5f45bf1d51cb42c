"""Every condition of the rule, turned round by itself, must change the golden table."""

import ast
import inspect
from collections.abc import Callable
from types import ModuleType

import pytest

from domain import golden
from keyreeve.domain import decision
from keyreeve.domain.decision import AccessRequest
from keyreeve.domain.subject import Subject

SOURCE = inspect.getsource(decision)


class Inversion(ast.NodeTransformer):
    """Turn round the condition that comes at one place."""

    def __init__(self, place: int) -> None:
        self.place = place
        self.seen: list[str] = []

    def turned(self, node: ast.expr) -> ast.expr:
        self.seen.append(ast.unparse(node))
        if len(self.seen) - 1 == self.place:
            return ast.UnaryOp(ast.Not(), node)
        return node

    def condition(self, node: ast.expr) -> ast.expr:
        """Turn a condition round as a whole, or one of those it is made of."""
        if isinstance(node, ast.BoolOp):
            node.values = [self.condition(value) for value in node.values]
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node.operand = self.condition(node.operand)
            return node
        return self.turned(node)

    def visit_If(self, node: ast.If) -> ast.AST:
        node.test = self.condition(node.test)
        return self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        node.test = self.condition(node.test)
        return self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> ast.AST:
        if isinstance(node.value, ast.BoolOp | ast.Compare):
            node.value = self.condition(node.value)
        return self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.ifs = [self.condition(test) for test in node.ifs]
        return self.generic_visit(node)


def rule_turned(place: int) -> tuple[Callable[..., object], list[str]]:
    """Return the rule with one condition turned round, and all conditions."""
    inversion = Inversion(place)
    tree = ast.fix_missing_locations(inversion.visit(ast.parse(SOURCE)))
    module = ModuleType("keyreeve.domain.decision_turned")
    exec(compile(tree, "<turned>", "exec"), module.__dict__)  # the source is our own

    def rule(subject: Subject, request: AccessRequest) -> object:
        own_proof = module.Proof(request.proof.value)
        return module.decide(subject, request._replace(proof=own_proof))

    return rule, inversion.seen


def places() -> list[tuple[int, str]]:
    return list(enumerate(rule_turned(-1)[1]))


def said(rule: Callable[..., object]) -> str:
    try:
        return golden.render(rule)
    except (AttributeError, TypeError) as broken:
        return repr(broken)


def test_the_conditions_are_found() -> None:
    assert len(places()) > 25
    assert said(rule_turned(-1)[0]) == golden.FILE.read_text()


@pytest.mark.parametrize(("place", "condition"), places())
def test_a_condition_turned_round_changes_the_table(place: int, condition: str) -> None:
    assert said(rule_turned(place)[0]) != golden.FILE.read_text(), condition
