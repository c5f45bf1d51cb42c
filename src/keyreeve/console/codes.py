"""Authentication codes: what became of one that was typed, in words."""

from dataclasses import dataclass
from datetime import datetime

from keyreeve.console import answers, times
from keyreeve.domain.second_factor import Accepted, Blocked, Used, Verdict, Wrong


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a code did not do, and the status that says so."""

    sentence: str
    status: int


def fault(verdict: Verdict, now: datetime) -> Fault | None:
    """Return what is wrong with a code; None if it is right."""
    match verdict:
        case Accepted():
            return None
        case Wrong():
            sentence = "That code is not right. Take the one that your app shows now."
            return Fault(sentence, answers.REFUSED)
        case Used():
            sentence = (
                "That code was used already. Wait for the next one; it comes within 30 seconds."
            )
            return Fault(sentence, answers.REFUSED)
        case Blocked(until):
            wait = times.after((until - now).total_seconds())
            sentence = f"Too many wrong codes. No code is taken for a while; try again {wait}."
            return Fault(sentence, answers.TOO_MANY)
