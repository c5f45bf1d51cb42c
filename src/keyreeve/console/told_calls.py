"""Described calls, told: to everybody of himself, and to Owners of the members of their groups."""

from dataclasses import asdict

from keyreeve.console import forms
from keyreeve.console.admission import Admitted
from keyreeve.console.explained import StepRow, Told, Verdict
from keyreeve.console.visit import Visit
from keyreeve.domain import explanation, text
from keyreeve.domain.catalogue import Match
from keyreeve.domain.decision import Allow, Challenge, Decision, Deny
from keyreeve.domain.explanation import Described, Explanation, Indescribable
from keyreeve.domain.user import USERNAME_LIMIT
from keyreeve.protocol.target import NotCanonical
from keyreeve.services import explanations, others_calls
from keyreeve.services.explanations import OwnApi, Which
from keyreeve.storage.transaction import Snapshot

NOT_YOURS = (
    "You can ask about others only where you are an Owner: about the members of a group, and about "
    "calls that name this group."
)
OTHER: dict[Which, Which] = {"own": "guarded", "guarded": "own"}
NAMES: dict[Which, str] = {"own": "Keyreeve's own public API", "guarded": "The guarded API"}
OBSERVED = "This group is only observed: doors note the refusal, and let the call through."
UNTOLD = "his own to know"
WHITELISTED = frozenset({"7", "8"})


class Wrong(Exception):
    """What was typed into a field describes no call, or none that may be asked about."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason


def tell(visit: Visit, s: Snapshot, admitted: Admitted, page: str) -> Told:
    """Tell what would be decided of the call that the query describes.

    Raises:
        Wrong: it describes none, or one of somebody else that the visitor may not know of.
    """
    own, query = visit.house.own, visit.query
    try:
        call = _described(visit)
        api: Which = "own" if query["api"] == "own" else explanations.which(own, call)
        api = "guarded" if query["api"] == "guarded" else api
        operations = explanations.catalogue(s, own, api)
        name, user = query["user"].strip(), admitted.user
        if name in {"", user.username, user.id}:
            said, depends, name = explanations.of(s, user, call, operations), False, user.username
        else:
            another = None
            if text.fault(name, longest=USERNAME_LIMIT) is None:
                another = others_calls.of(s, admitted.subject, name, call, operations)
            if another is None:
                raise Wrong("user", NOT_YOURS)
            name, said, depends = another
    except Indescribable as unread:
        raise Wrong(unread.part, f"{unread.reason[:1].upper()}{unread.reason[1:]}.") from None
    verdict, headline, sentence = _outcome(said.decision, depends=depends)
    return Told(
        verdict,
        headline,
        sentence,
        _facts(name, call, api, said, None if depends else _answer(own, api, said.decision)),
        tuple(_steps(said, depends=depends, supposed=name != user.username)),
        _elsewhere(visit, s, call, api, page),
    )


def status(own: OwnApi, api: Which, denied: Deny) -> str:
    """Return what a denied caller gets."""
    code = denied.reason.code
    found = own.statuses[code]
    gate = ", from the gate 403" if api == "guarded" and found != 403 else ""  # noqa: PLR2004
    return f"{found} {code}{gate}"


def _described(visit: Visit) -> Described:
    query = visit.query
    header = query["header"].strip()
    return explanation.describe(
        query["method"].strip(),
        query["path"].strip(),
        query["address"].strip() or None,
        (header,) if header else (),
    )


def _outcome(said: Decision, *, depends: bool) -> tuple[Verdict, str, str]:
    if depends:
        return (
            "depends",
            "Up to the whitelist",
            ("Rules 1 to 6 let it through. Whether the whitelist does is for its owner to know."),
        )
    match said:
        case Allow():
            return "allowed", "Allowed", "Every question that applies is answered with yes."
        case Challenge(proof):
            return "refused", "Refused: no proof", f"No key can prove it: {proof.value}."
        case Deny(reason):
            return "refused", f"Refused by rule {reason.rule}", "The first no decides."


def _answer(own: OwnApi, api: Which, said: Decision) -> str:
    if isinstance(said, Deny):
        return status(own, api, said)
    return "401" if isinstance(said, Challenge) else "That of the operation"


def _facts(
    name: str, call: Described, api: Which, said: Explanation, answer: str | None
) -> tuple[tuple[str, str], ...]:
    operation = said.operation
    facts = {
        "Call": f"{call.method} {call.target.raw}",
        "By": name,
        "From": "an unknown address" if call.address is None else str(call.address),
        "API": NAMES[api],
        "Operation": "unknown" if operation is None else operation.name,
        "Known methods": ", ".join(said.methods),
        "Whitelisted": "yes" if operation is not None and operation.whitelisted else "",
        "Answer": answer or "",
        "Observed": OBSERVED if api == "guarded" and _overlooked(said) else "",
    }
    return tuple((label, value) for label, value in facts.items() if value)


def _overlooked(said: Explanation) -> bool:
    return isinstance(said.decision, Deny) and said.group is not None and said.group.observed


def _steps(said: Explanation, *, depends: bool, supposed: bool) -> list[StepRow]:
    rows = []
    for step in said.steps:
        row = StepRow(**asdict(step))
        if supposed and step.rule == "1":
            row = StepRow(step.rule, step.question, "supposed")
        elif depends and step.rule in WHITELISTED:
            row = StepRow(step.rule, step.question, UNTOLD)
        rows.append(row)
    return rows


def _elsewhere(
    visit: Visit, s: Snapshot, call: Described, api: Which, page: str
) -> tuple[str, str] | None:
    """Offer the other API where it knows the same call."""
    other = OTHER[api]
    try:
        found = explanations.catalogue(s, visit.house.own, other).find(call.method, call.target)
    except NotCanonical:
        return None
    if not isinstance(found, Match):
        return None
    names = ("user", "method", "path", "address", "header")
    typed = {name: visit.query[name] for name in names} | {"api": other}
    return f"Judge it as a call of {NAMES[other].lower()}", forms.path(page, **typed)
