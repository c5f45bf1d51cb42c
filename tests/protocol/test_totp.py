"""One-time codes: the vectors of RFC 6238, two steps, and each of them once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.protocol import totp

SEED = b"12345678901234567890"
NOW = 1_234_567_890.0
STEP = totp.step_at(NOW)


@pytest.mark.parametrize(
    ("time", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238_come_out(time: int, code: str) -> None:
    assert totp.code(SEED, totp.step_at(time)) == code[-6:]


@pytest.mark.parametrize(
    ("ago", "accepted"),
    [(-2, False), (-1, False), (0, True), (1, True), (2, False), (3, False)],
)
def test_this_step_and_the_one_before_are_accepted(ago: int, accepted: bool) -> None:
    step = totp.accepted_step(SEED, totp.code(SEED, STEP - ago), now=NOW, last_step=0)
    assert step == (STEP - ago if accepted else None)


@pytest.mark.parametrize(("last_step", "accepted"), [(-1, True), (0, False), (1, False)])
def test_a_code_works_once_and_none_works_after_a_later_one(last_step: int, accepted: bool) -> None:
    code = totp.code(SEED, STEP)
    step = totp.accepted_step(SEED, code, now=NOW, last_step=STEP + last_step)
    assert step == (STEP if accepted else None)


def test_the_code_before_still_works_when_only_older_ones_were_used() -> None:
    code = totp.code(SEED, STEP - 1)
    assert totp.accepted_step(SEED, code, now=NOW, last_step=STEP - 2) == STEP - 1


@pytest.mark.parametrize("time", [0.0, 29.9])
def test_the_first_step_of_all_has_none_before(time: float) -> None:
    assert totp.accepted_step(SEED, totp.code(SEED, 0), now=time, last_step=-1) == 0


@given(st.text(), st.floats(0, 1e11))
def test_any_other_text_is_no_code(text: str, now: float) -> None:
    right = {totp.code(SEED, max(totp.step_at(now) - ago, 0)) for ago in (0, 1)}
    accepted = totp.accepted_step(SEED, text, now=now, last_step=-1)
    assert (accepted is not None) == (text in right)


@given(st.binary(min_size=1), st.integers(0, 2**40))
def test_a_code_is_six_digits(seed: bytes, step: int) -> None:
    code = totp.code(seed, step)
    assert len(code) == 6
    assert set(code) <= set("0123456789")
