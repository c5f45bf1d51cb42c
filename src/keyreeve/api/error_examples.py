"""Errors as their readers meet them: for every code its sentences, and an example of its body."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from keyreeve.api import examples, exchanges
from keyreeve.api.exchanges import Door
from keyreeve.api.remedies import REMEDIES
from keyreeve.domain.decision import Reason
from keyreeve.domain.errors import Refusal
from keyreeve.judge import denial

ADDRESS = "203.0.113.9"
TOLD = {
    "address": ADDRESS,
    "group": examples.GROUP,
    "groups": f"the group {examples.GROUP}",
    "methods": "GET, HEAD",
    "path": "/api/public/v1.0/nothing",
    "user": examples.USER,
}
"""What the sentences of denials speak of."""


def sentences(code: str, door: Door) -> list[str]:
    """Return every sentence that goes with a code, those of denials first."""
    found = [text for reason, text in denial.SENTENCES.items() if reason.code == code]
    found += [kind.sentence for kind in _kinds(Refusal) if kind.code == code]
    if code in door:
        found.append(door[code][1])
    return list(dict.fromkeys(found))


def body(code: str, door: Door) -> dict[str, Any]:
    """Return an example of the body that goes with a code."""
    status = exchanges.status(code, door)
    denial = next((reason for reason in Reason if reason.code == code), None)
    document: dict[str, Any] = {
        "detail": _detail(code, door, denied=denial is not None),
        "error": status,
        "errorCode": code,
        "parameters": [*REMEDIES[code].parameters],
        "reason": HTTPStatus(status).phrase,
    }
    if status == HTTPStatus.FORBIDDEN:
        document |= {"address": ADDRESS, "decision": examples.DECISION}
    if denial is not None and status == HTTPStatus.FORBIDDEN:
        document["rule"] = denial.rule
    return document


def _detail(code: str, door: Door, *, denied: bool) -> str:
    sentence = sentences(code, door)[0]
    return sentence.format(**TOLD) if denied else sentence.format(*REMEDIES[code].parameters)


def _kinds(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    """Yield the refusals that a caller of the API can meet, in the order of their definition."""
    for found in kind.__subclasses__():
        if found.__module__.startswith(("keyreeve.domain.", "keyreeve.services.", "keyreeve.api.")):
            yield found
        yield from _kinds(found)
