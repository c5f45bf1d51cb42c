import pytest

from keyreeve.api import error_examples, problems
from keyreeve.api.remedies import REMEDIES
from keyreeve.domain.decision import Reason
from keyreeve.enforcement.answers import PROBLEMS

CODES = sorted({*problems.STATUS, *PROBLEMS})


def test_for_every_code_there_is_something_to_do() -> None:
    assert set(REMEDIES) == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_sentence_and_a_whole_example(code: str) -> None:
    assert error_examples.sentences(code, PROBLEMS)
    shown = error_examples.body(code, PROBLEMS)
    assert shown["errorCode"] == code
    assert "{" not in shown["detail"]
    assert shown["error"] in {problems.STATUS.get(code), PROBLEMS.get(code, (0,))[0]}


@pytest.mark.parametrize("reason", [r for r in Reason if problems.STATUS[r.code] == 403])
def test_a_denial_is_shown_with_its_rule(reason: Reason) -> None:
    shown = error_examples.body(reason.code, PROBLEMS)
    assert {"address", "decision", "rule"} <= set(shown)


def test_one_code_may_have_several_sentences() -> None:
    assert len(error_examples.sentences("USER_UNAUTHORIZED", PROBLEMS)) > 1
