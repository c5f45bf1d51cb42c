"""The observer: a judge before an API that was there first, who would rather not break a caller."""

from keyreeve.domain.catalogue import Catalogue
from keyreeve.domain.decision import ALLOW, Allow, Challenge
from keyreeve.domain.edge import ID_BYTES
from keyreeve.judge.call import Call
from keyreeve.judge.judge import Judge
from keyreeve.judge.ledger import Ledger
from keyreeve.judge.noting import Observing
from keyreeve.judge.proving import Proven
from keyreeve.judge.recorder import Recorder
from keyreeve.judge.shortcut import Passed
from keyreeve.judge.throttle import BEYOND, Throttle, Throttled, Unforced
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol import digest
from keyreeve.protocol.address import Address
from keyreeve.protocol.digest import MalformedDigest
from keyreeve.protocol.target import NotCanonical
from keyreeve.storage.database import Database


class Observer(Judge):
    """Notes what he would refuse, and lets it through; what breaks is no decision, here as ever."""

    def __init__(  # noqa: PLR0913 - as every judge
        self,
        database: Database,
        catalogue: Catalogue | None,
        ledger: Ledger,
        recorder: Recorder,
        *,
        algorithms: tuple[str, ...],
        nonce_seconds: int,
        bearer: bool,
        throttle: Throttle | None = None,
        observing: Observing,
    ) -> None:
        self._limits = throttle or Throttle(database.edge.ticks)
        self._keys_required = not observing.overlooks_challenges
        super().__init__(
            database,
            catalogue,
            ledger,
            recorder,
            algorithms=algorithms,
            nonce_seconds=nonce_seconds,
            bearer=bearer,
            throttle=Unforced(self._limits),
            observing=observing,
        )

    @property
    def observing(self) -> bool:
        """Whether refusals are noted and nothing is refused."""
        return True

    def overlooks(self, code: str, verdict: Verdict) -> bool:
        """Note what a door would refuse by itself, and have it let through."""
        match = verdict.match
        if match is not None and not verdict.overlooked:
            called = Call(match.operation.method, "", address=verdict.address)
            self._overlooked(called, verdict, code)
        return True

    def hit(self, call: Call) -> Verdict | None:
        """Decide from memory alone; None if the database must be asked: then call `judge`."""
        try:
            verdict = super().hit(call)
        except NotCanonical:
            return None
        return None if verdict is None else self._unforced(call, verdict)

    def let_through(
        self,
        method: str,  # noqa: ARG002
        aim: str,  # noqa: ARG002
        authorization: bytes,  # noqa: ARG002
        address: Address | None,  # noqa: ARG002
    ) -> Passed | None:
        """Leave every call to `hit`, which can tell what would have to wait."""
        return None

    def judge(self, call: Call) -> Verdict:
        """Decide, and ask the database for what is not remembered. This may block."""
        try:
            verdict = super().judge(call)
        except NotCanonical:
            return self._unread(call)
        return self._unforced(call, verdict)

    def _unread(self, call: Call) -> Verdict:
        """Let through what can be read in more than one way, once it is known who calls."""
        with self._freshness.snapshot(self._database.counter()) as view:
            proven = self._proving.claimed(self._proving.prove(call, view))
        if proven.subject is None and self._keys_required:
            return self._noted(call, self._about(call, proven, Challenge(proven.proof)), proven)
        verdict = self._about(call, proven, ALLOW)
        return self._overlooked(call, verdict, "TARGET_NOT_CANONICAL", name=proven.username)

    def _about(self, call: Call, proven: Proven, decision: Allow | Challenge) -> Verdict:
        """Return a verdict on a call whose operation nobody knows."""
        id_ = next(self._ids).to_bytes(ID_BYTES).hex()
        left = None if proven.key_id is None else max(0, self._throttle.called(proven.key_id))
        return Verdict(
            decision,
            subject=proven.subject,
            key_id=proven.key_id,
            address=call.address,
            decision_id=id_,
            calls_left=left,
        )

    def _unforced(self, call: Call, verdict: Verdict) -> Verdict:
        """Note if a call would have had to wait; of two refusals the other one is told."""
        beyond = verdict.calls_left == BEYOND
        if beyond:
            verdict = verdict._replace(calls_left=0)
        if verdict.overlooked or not isinstance(verdict.decision, Allow):
            return verdict
        if beyond or (self._limits.barred and self._is_barred(call)):
            return self._overlooked(call, verdict, "RATE_LIMITED")
        return verdict

    def _is_barred(self, call: Call) -> bool:
        """Tell whether an address would have to wait, since it failed to prove itself too often."""
        try:
            name: str | None = digest.parse(call.authorization or b"").username
        except MalformedDigest:
            name = None
        try:
            self._limits.check(call.address, name)
        except Throttled:
            return True
        return False

    def _overlooked(
        self, call: Call, verdict: Verdict, code: str, *, name: str | None = None
    ) -> Verdict:
        claimed = name if verdict.subject is None else verdict.subject.username
        return self._noting.overlooked(call, verdict, code, name=claimed)
