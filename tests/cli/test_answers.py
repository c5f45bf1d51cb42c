"""How a command says things."""

import json
from datetime import UTC, datetime

import pytest

from keyreeve.cli import answers
from keyreeve.cli.answers import SAID, Answer, Output

ESCAPE = "\x1b[2Jgone\u202e"


def test_a_table_is_as_wide_as_it_must_be_and_has_no_trailing_space() -> None:
    text = answers.table(("A", "LONG"), [("wide cell", "x"), ("y", "")], empty="none")
    assert text == "A          LONG\nwide cell  x\ny"


def test_an_empty_table_is_a_sentence() -> None:
    assert answers.table(("A",), [], empty="Nothing yet.") == "Nothing yet."


def test_nothing_a_name_holds_moves_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).say(Answer({}, answers.table(("A",), [(ESCAPE,)], empty="")))
    Output(as_json=False).say(Answer({}, f"User {ESCAPE}\nis made."))
    Output(as_json=True).say(Answer({"name": ESCAPE}, ""))
    Output(as_json=False).fail("CODE", ESCAPE)
    Output(as_json=True).fail("CODE", ESCAPE)
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "\u202e" not in out + err
    assert out.count("\n") == 5
    assert err.count("\n") == 2


def test_an_error_in_json_has_code_and_detail(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).fail("CODE", "A sentence.")
    assert json.loads(capsys.readouterr().err) == {
        "error": {"code": "CODE", "detail": "A sentence."}
    }


def test_a_command_that_has_said_everything_adds_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output(as_json=True).say(SAID)
    Output(as_json=False).say(SAID)
    assert capsys.readouterr().out == ""


def test_a_moment_is_in_utc_and_seconds() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    assert answers.moment(moment) == "2026-01-02T03:04:05Z"
    assert answers.moment(None) is None
