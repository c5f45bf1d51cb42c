"""`keyreeve explain`: how a call would be decided, without calling."""

from dataclasses import asdict
from typing import Annotated, ClassVar

from cyclopts import Parameter

from keyreeve.api import problems
from keyreeve.api.application import BASES, operations
from keyreeve.cli.answers import NOTHING, Answer, table
from keyreeve.cli.installations import looking
from keyreeve.domain import decision, trace
from keyreeve.domain.catalogue import Catalogue, Known, Match
from keyreeve.domain.decision import AccessRequest, Allow, Challenge, Decision, Deny, Proof
from keyreeve.domain.errors import InvalidAddress, Refusal
from keyreeve.domain.user import User
from keyreeve.protocol import address as addresses
from keyreeve.protocol import target
from keyreeve.protocol.address import Address
from keyreeve.services import users
from keyreeve.storage.transaction import Snapshot


class TargetNotCanonical(Refusal):
    """A path can be read in more than one way; a door answers 400 before it asks anybody."""

    code: ClassVar[str] = "TARGET_NOT_CANONICAL"
    sentence: ClassVar[str] = "{0} is not the one canonical spelling of a path: {1}."


def explain(
    *,
    user: str,
    method: str,
    path: str,
    address: Annotated[str | None, Parameter(name="--address")] = None,
) -> Answer:
    """Say how a call would be decided, rule by rule. Nothing is recorded and no nonce is used.

    Parameters
    ----------
    user
        Who calls, by login or id.
    method
        GET, POST, ...
    path
        The whole path, such as /api/public/v1.0/groups.
    address
        Where the call comes from; without it the address is unknown.
    """
    caller = None if address is None else _address(address)
    found = _found(method, path)
    match = found if isinstance(found, Match) else None
    with looking() as s:
        known = users.find(s, user)
        stored = s.subjects.by_name(known.username)
        request = _request(s, known, found, caller)
    subject = None if stored is None else stored.subject
    said = decision.decide(subject, request)
    return _answer(known, match, said, caller)


def _found(method: str, path: str) -> Match | Known | None:
    try:
        return Catalogue(operations, bases=BASES).find(method, target.parse(path))
    except target.NotCanonical as failure:
        raise TargetNotCanonical(path, str(failure)) from None


def _request(
    s: Snapshot, user: User, found: Match | Known | None, caller: Address | None
) -> AccessRequest:
    """Gather what the rule asks for, as the judge would."""
    proof = _proof(s, user)
    if not isinstance(found, Match):
        return AccessRequest(proof, path_known=found is not None, address=caller)
    operation, values, subjects = found.operation, found.parameters, s.subjects
    group = named = None
    if operation.group is not None:
        look = subjects.group if operation.group.by == "id" else subjects.group_by_name
        group = look(values[operation.group.parameter])
    if operation.user is not None:
        see = subjects.user if operation.user.by == "id" else subjects.user_by_name
        named = see(values[operation.user.parameter])
    return AccessRequest(proof, operation, group=group, user=named, address=caller)


def _proof(s: Snapshot, user: User) -> Proof:
    """Return what the user's best key would prove."""
    keys = s.api_keys.list(user.id)
    if not keys:
        return Proof.KEY_UNKNOWN
    if not any(key.enabled for key in keys):
        return Proof.KEY_DISABLED
    return Proof.HOLDS if user.enabled else Proof.USER_DISABLED


def _address(text: str) -> Address:
    try:
        return addresses.parse_address(text)
    except addresses.MalformedAddress as malformed:
        raise InvalidAddress(text, str(malformed)) from None


def _answer(user: User, match: Match | None, said: Decision, caller: Address | None) -> Answer:
    steps = trace.trace(match.operation if match else None, said)
    name = match.operation.name if match else None
    word, status, reason, code = _told(said)
    document = {
        "decision": word,
        "status": status,
        "reason": reason,
        "errorCode": code,
        "user": user.username,
        "operation": name,
        "whitelisted": match.operation.whitelisted if match else None,
        "address": None if caller is None else str(caller),
        "trace": [asdict(step) for step in steps],
    }
    heading = f"{word.upper()} {status}" + (f" {reason}" if reason else "")
    about = f"{user.username}, operation {name or NOTHING}, from {caller or 'an unknown address'}"
    rows = [(step.rule, step.reply, step.question) for step in steps]
    text = f"{heading}\n{about}\n\n" + table(("RULE", "REPLY", "QUESTION"), rows, empty="")
    return Answer(document, text)


def _told(said: Decision) -> tuple[str, int, str | None, str | None]:
    """Return a decision as a word, a status, its reason and the code its caller would read."""
    match said:
        case Allow():
            return "allow", 200, None, None
        case Challenge(proof):
            return "challenge", 401, proof.value, None
        case Deny(reason):
            return "deny", problems.STATUS[reason.code], reason.name, reason.code
