import inspect
import re

import pytest

from keyreeve.api import refusals
from keyreeve.domain.errors import Refusal

KINDS = [
    kind
    for _, kind in inspect.getmembers(refusals, inspect.isclass)
    if issubclass(kind, Refusal) and kind is not Refusal
]


@pytest.mark.parametrize("kind", KINDS)
def test_each_says_what_it_refuses(kind: type[Refusal]) -> None:
    places = re.findall(r"\{(\d)\}", kind.sentence)
    parameters = [f"parameter{place}" for place in places]
    refusal = kind(*parameters)
    assert refusal.parameters == tuple(parameters)
    assert all(parameter in str(refusal) for parameter in parameters)
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", kind.code)
