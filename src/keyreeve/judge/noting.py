"""Noting: what is kept of each decision, and which refusals are only noted."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from keyreeve.domain.decision import ALLOW, Challenge, Deny, Proof
from keyreeve.domain.subject import Subject
from keyreeve.judge import observations
from keyreeve.judge.call import Call
from keyreeve.judge.proving import Proven
from keyreeve.judge.recorder import Recorder
from keyreeve.judge.throttle import Throttle
from keyreeve.judge.verdict import Verdict
from keyreeve.storage.records import AccessRecord

_FORGIVEN = frozenset({Proof.ABSENT, Proof.NONCE_STALE})
"""What every honest client does: ask for a challenge, and sign with a nonce grown too old."""


class Observing(NamedTuple):
    """What a door in front of another API overlooks: by itself what groups are observed for."""

    everything: bool = False
    """Whether the installation observes, and not only some of its groups."""
    keys_required: bool = False
    """Whether what carries no valid key is refused all the same."""

    @property
    def overlooks_challenges(self) -> bool:
        """Whether calls without a valid key are let through."""
        return self.everything and not self.keys_required

    def overlooks_denial(self, verdict: Verdict) -> bool:
        """Tell whether a proven caller is let through; where a group is named, it may say so."""
        return self.everything or (verdict.group is not None and verdict.group.observed)


class Noting:
    """Hands decisions to the recorder, and to doors what they shall enforce."""

    def __init__(
        self,
        recorder: Recorder,
        throttle: Throttle,
        now: Callable[[], datetime],
        observing: Observing | None,
    ) -> None:
        self._recorder = recorder
        self._throttle = throttle
        self._now = now
        self._observing = observing

    def noted(self, call: Call, verdict: Verdict, proven: Proven) -> Verdict:
        """Note a decision, whole if it is a denial or let a whitelisted operation through.

        A refusal that is overlooked comes back as what lets the call through.
        """
        said, match, subject = verdict.decision, verdict.match, proven.subject
        if isinstance(said, Challenge) or subject is None:
            return self._challenge(call, verdict, proven)
        if isinstance(said, Deny) or match is None:
            return self._denial(call, verdict, subject)
        if match.operation.whitelisted:
            record = self._written(call, verdict, subject)
            self._recorder.note(record, whitelist=subject.whitelist, way=call.hops)
        else:
            self._recorder.note_allow(
                key_id=proven.key_id or "",
                operation=match.operation.name,
                address=call.address,
                decision_id=verdict.decision_id,
            )
        return verdict

    def throttled(self, call: Call) -> None:
        """Note that a call was refused and nothing was computed for it."""
        self._recorder.note_challenge(reason="throttled", address=call.address)

    def overlooked(
        self, call: Call, verdict: Verdict, reason: str, *, rule: str = "", name: str | None = None
    ) -> Verdict:
        """Note what would be refused, and return what lets it through."""
        kind = observations.kind(call, verdict, rule, reason)
        self._recorder.note_overlooked(kind, verdict.decision_id, name)
        return verdict._replace(decision=ALLOW, overlooked=True)

    def _challenge(self, call: Call, verdict: Verdict, proven: Proven) -> Verdict:
        if proven.proof not in _FORGIVEN:
            self._throttle.failed(call.address, proven.username)
        reason = proven.proof.value
        if self._observing is not None and self._observing.overlooks_challenges:
            return self.overlooked(call, verdict, reason, rule="1", name=proven.username)
        self._recorder.note_challenge(reason=reason, address=call.address, username=proven.username)
        return verdict

    def _denial(self, call: Call, verdict: Verdict, subject: Subject) -> Verdict:
        said, observing = verdict.decision, self._observing
        if isinstance(said, Deny) and observing is not None and observing.overlooks_denial(verdict):
            reason, rule = said.reason.name, said.reason.rule
            return self.overlooked(call, verdict, reason, rule=rule, name=subject.username)
        self._recorder.note(self._written(call, verdict, subject), way=call.hops)
        return verdict

    def _written(self, call: Call, verdict: Verdict, subject: Subject) -> AccessRecord:
        said = verdict.decision
        return AccessRecord(
            decision_id=verdict.decision_id,
            time=self._now(),
            operation="" if verdict.match is None else verdict.match.operation.name,
            method=call.method,
            target=call.target,
            outcome="deny" if isinstance(said, Deny) else "allow",
            reason=said.reason.name if isinstance(said, Deny) else "",
            rule=said.reason.rule if isinstance(said, Deny) else "",
            key_id=verdict.key_id,
            user_id=subject.user_id,
            username=subject.username,
            address=call.address,
            group_id=None if verdict.group is None else verdict.group.id,
        )
