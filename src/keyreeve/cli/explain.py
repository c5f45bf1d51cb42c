"""`keyreeve explain`: how a call would be decided, without calling."""

from dataclasses import asdict
from typing import Annotated, Literal, NamedTuple, TypeAlias

from cyclopts import Parameter

from keyreeve.api.described import OWN
from keyreeve.app import environment, guarded
from keyreeve.cli import described_calls, outcomes
from keyreeve.cli.answers import NOTHING, Answer, Document, table
from keyreeve.cli.described_calls import InvalidPeer, Origin
from keyreeve.cli.installations import looking
from keyreeve.domain.explanation import Described, Explanation, Indescribable
from keyreeve.domain.user import User
from keyreeve.judge.noting import Observing
from keyreeve.services import explanations, users
from keyreeve.services.explanations import Which

PresetName: TypeAlias = Literal["nginx", "caddy", "traefik", "envoy"]

Address: TypeAlias = Annotated[
    str | None, Parameter(help="Where the call comes from; without it the address is unknown.")
]
Headers: TypeAlias = Annotated[
    tuple[str, ...],
    Parameter(
        negative=(),
        show_default=False,
        help='"NAME: VALUE", as often as needed: for operations whose group a header names.',
    ),
]
Api: TypeAlias = Annotated[
    Which | None,
    Parameter(
        help="Unless given, paths of our own public API are our own, and all others those of the "
        "API whose catalogue was imported."
    ),
]
Peer: TypeAlias = Annotated[
    str | None,
    Parameter(
        help="Instead of --address: who is connected to the door, or unix for a gate's socket file."
    ),
]
Forwarded: TypeAlias = Annotated[
    tuple[str, ...],
    Parameter(
        negative=(),
        show_default=False,
        help='"NAME: VALUE" of a forwarding header that the peer sends, as often as it does.',
    ),
]
Preset: TypeAlias = Annotated[
    PresetName | None,
    Parameter(help="The door is a gate with this preset, which says what header is read."),
]

APIS = {"own": "our own public API", "guarded": "the guarded API"}


class _Told(NamedTuple):
    """What was asked, and what is said of it."""

    user: User
    call: Described
    api: Which
    operations: int
    """How many the API has."""
    said: Explanation
    origin: Origin | None
    observing: Observing

    @property
    def overlooked(self) -> bool:
        """Whether doors let the call pass all the same."""
        return self.api == "guarded" and outcomes.overlooked(self.said, self.observing)


def explain(  # noqa: PLR0913 - one argument for each option
    *,
    user: Annotated[str, Parameter(help="Who calls, by login or id.")],
    method: Annotated[str, Parameter(help="GET, POST, ...")],
    path: Annotated[str, Parameter(help="The whole path, such as /api/public/v1.0/groups.")],
    address: Address = None,
    header: Headers = (),
    api: Api = None,
    peer: Peer = None,
    forwarded: Forwarded = (),
    preset: Preset = None,
) -> Answer:
    """Say how a call would be decided, rule by rule. Nothing is recorded and no nonce is used."""
    origin = _origin(address, peer, forwarded, preset)
    call = described_calls.describe(method, path, address, header)
    if origin is not None:
        call = call._replace(address=origin.walk.address)
    chosen = api or explanations.which(OWN, call)
    observing = guarded.observed(environment.settings())
    with looking() as s:
        known = users.find(s, user)
        catalogue = explanations.catalogue(s, OWN, chosen)
        try:
            said = explanations.of(s, known, call, catalogue)
        except Indescribable as unread:
            raise described_calls.refusal(unread) from None
    return _answer(_Told(known, call, chosen, len(catalogue.operations), said, origin, observing))


def _origin(
    address: str | None, peer: str | None, forwarded: tuple[str, ...], preset: str | None
) -> Origin | None:
    if peer is None:
        if forwarded or preset:
            raise InvalidPeer("--forwarded and --preset need a --peer")
        return None
    if address is not None:
        raise InvalidPeer("give --address or --peer, not both")
    return described_calls.origin(peer, forwarded, preset)


def _answer(told: _Told) -> Answer:
    said, outcome = told.said, outcomes.of(told.said.decision)
    operation = said.operation
    behind = told.api == "guarded"
    document = {
        "decision": outcome.word,
        "status": outcome.status,
        "gateStatus": outcome.gate_status if behind else None,
        "reason": outcome.reason,
        "errorCode": outcome.code,
        "gateErrorCode": outcome.gate_code if behind else None,
        "overlooked": told.overlooked,
        "user": told.user.username,
        "api": told.api,
        "operation": None if operation is None else operation.name,
        "whitelisted": None if operation is None else operation.whitelisted,
        "websocket": None if operation is None else operation.websocket,
        "allowedMethods": list(said.methods),
        "groupId": None if said.group is None else said.group.id,
        "address": None if told.call.address is None else str(told.call.address),
        "trace": [asdict(step) for step in said.steps],
        "origin": None if told.origin is None else _origin_document(told.origin),
    }
    return Answer(document, "\n".join(_lines(told)))


def _lines(told: _Told) -> list[str]:
    """Say it for people: the decision, what it is about, the trace, and the way of the address."""
    said, outcome = told.said, outcomes.of(told.said.decision)
    heading = f"{outcome.word.upper()} {outcome.status}"
    if outcome.reason:
        heading += f" {outcome.reason}"
    if told.api == "guarded" and outcome.gate_status != outcome.status:
        heading += f" (from the gate {outcome.gate_status})"
    name = said.operation.name if said.operation else NOTHING
    caller = told.call.address or "an unknown address"
    lines = [heading, f"{told.user.username}, operation {name} of {APIS[told.api]}, from {caller}"]
    if told.overlooked:
        lines.append("Doors only observe here: they note this, and let the call through.")
    if said.operation and said.operation.websocket:
        lines.append("The operation may become a websocket; its handshake is judged as this GET.")
    if said.methods:
        lines.append(f"The path is known under {', '.join(said.methods)}.")
    if told.api == "guarded" and not told.operations:
        lines.append("No catalogue was imported, so nothing of the guarded API is known.")
    rows = [(step.rule, step.reply, step.question) for step in said.steps]
    lines += ["", table(("RULE", "REPLY", "QUESTION"), rows, empty="")]
    if told.origin is not None:
        hops = [(hop.name, hop.rule.value) for hop in told.origin.walk.hops]
        lines += ["", f"The address is read from: {told.origin.source}"]
        lines += [f"Trusted proxies: {', '.join(told.origin.trusted) or 'none'}", ""]
        lines.append(table(("HOP", "RULE"), hops, empty=""))
    return lines


def _origin_document(origin: Origin) -> Document:
    return {
        "source": origin.source,
        "trustedProxies": list(origin.trusted),
        "hops": [{"name": hop.name, "rule": hop.rule.value} for hop in origin.walk.hops],
    }
