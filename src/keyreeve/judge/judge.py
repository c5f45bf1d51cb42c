"""The judge: asks the rule about every call, and remembers what it needs to be quick."""

from itertools import count

from keyreeve.domain import decision, naming
from keyreeve.domain.catalogue import Catalogue, Known, Match
from keyreeve.domain.decision import AccessRequest, NamedUser
from keyreeve.domain.edge import ID_BYTES
from keyreeve.domain.subject import GroupState
from keyreeve.domain.throttle import Limit
from keyreeve.judge.call import Call
from keyreeve.judge.freshness import Freshness, View
from keyreeve.judge.ledger import Ledger
from keyreeve.judge.noting import Noting, Observing
from keyreeve.judge.proving import Proven, Proving
from keyreeve.judge.recorder import Recorder
from keyreeve.judge.shortcut import Passed, Shortcut
from keyreeve.judge.subjects import Missed, Subjects
from keyreeve.judge.throttle import Throttle, Throttled
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol import target
from keyreeve.protocol.address import Address
from keyreeve.storage.database import Database

PREFIX_BYTES = 7
"""The start of a decision id, by chance; the rest counts, for 35 years of 1000 a second."""

NO_METHODS: tuple[str, ...] = ()

_new = tuple.__new__  # half the cost of calling a named tuple


class Judge:
    """Decides whether a call may go through, for one process and all its threads.

    Without a catalogue of its own it goes by that of the guarded API, as the database has it.
    `observing` is for doors in front of other APIs: without it nothing is ever overlooked.
    """

    def __init__(  # noqa: PLR0913 - it sits between all of these
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
        observing: Observing | None = None,
    ) -> None:
        self._shared_counter = database.shared_counter
        self._database = database  # its counter may go away, and come back
        self._catalogue = catalogue
        self._recorder = recorder
        self._subjects = Subjects()
        self._freshness = Freshness(database, self._subjects)
        self._throttle = throttle or Throttle(database.edge.ticks)
        self._proving = Proving(
            database,
            ledger,
            self._throttle,
            algorithms=algorithms,
            nonce_seconds=nonce_seconds,
            bearer=bearer,
        )
        prefix = int.from_bytes(database.edge.entropy(PREFIX_BYTES))
        self._ids = count(prefix << 8 * (ID_BYTES - PREFIX_BYTES))
        self._shortcut = Shortcut(ledger, recorder, self._throttle, self._ids)
        self._noting = Noting(recorder, self._throttle, database.edge.now, observing)
        self._noted = self._noting.noted

    @property
    def observing(self) -> bool:
        """Whether refusals are noted and nothing is refused."""
        return False

    def overlooks(self, code: str, verdict: Verdict) -> bool:  # noqa: ARG002
        """Tell whether a door shall let an Allow through that it would refuse; that is noted."""
        return False

    @property
    def calls_limit(self) -> Limit | None:
        """How often one key may call; None: as often as it likes."""
        return self._throttle.calls

    def challenges(self, stale: bool) -> tuple[str, ...]:  # noqa: FBT001 - the one word of RFC 7616
        """Return the WWW-Authenticate values of one 401, one for each algorithm, in order."""
        return self._proving.challenges(stale=stale)

    def glance(self) -> None:
        """See whether the database is still there.

        Every door does so before it asks `hit` or `let_through`, which do no IO.

        Raises:
            DatabaseLost: it is not.
        """
        self._database.glance()

    def hit(self, call: Call) -> Verdict | None:
        """Decide from memory alone; None if the database must be asked: then call `judge`.

        Raises:
            NotCanonical: the target can be read in more than one way.
            Throttled: the caller has to wait.
        """
        if not self._shared_counter:
            return None
        return self._remembered(call, self._database.counter())

    def let_through(
        self, method: str, aim: str, authorization: bytes, address: Address | None
    ) -> Passed | None:
        """Let a call through that goes on as one before did, and say no more than that.

        None: `hit` must be asked. This is for doors to which every microsecond counts.

        Raises:
            Throttled: the caller has to wait.
        """
        if not self._shared_counter:
            return None
        epoch = self._database.counter()
        try:
            return self._shortcut.let_through(method, aim, authorization, address, epoch)
        except Throttled:
            self._recorder.note_challenge(reason="throttled", address=address)
            raise

    def judge(self, call: Call) -> Verdict:
        """Decide, and ask the database for what is not remembered. This may block.

        Raises:
            NotCanonical: the target can be read in more than one way.
            Throttled: the caller has to wait.
        """
        start = self._database.counter()
        verdict = self._remembered(call, start)
        if verdict is None:
            try:
                with self._freshness.snapshot(start) as view:
                    verdict = self._decide(call, view, view.applied)
            except Throttled:
                self._noting.throttled(call)
                raise
        return verdict

    def _remembered(self, call: Call, start: int) -> Verdict | None:
        """Decide from the memory as of the epoch that the counter showed at the start.

        No lock is taken, though another thread may change the memory meanwhile. What it drops is
        outdated for it, and not for us: we started before. What it puts in is newer than our
        start, which is allowed, but it first moves `applied` on, and never back: `_decide` finds
        that afterwards, so that what is decided on is all of one epoch. To look only afterwards
        would be wrong: `applied` may just have come to be our start.
        """
        try:
            return self._shortcut.take(call, start) or self._decide(call, self._subjects, start)
        except Missed:
            return None
        except Throttled:
            self._noting.throttled(call)
            raise

    def _decide(self, call: Call, view: View, epoch: int) -> Verdict:
        """Gather what the rule asks for, all of one epoch; use up the nonce; ask the rule.

        Raises:
            Missed: the view is not of this epoch, or does not remember. Nothing was used up.
        """
        current = view.applied == epoch
        aim, catalogue = target.parse(call.target), self._catalogue
        if catalogue is None:
            if not current:
                raise Missed
            catalogue = view.catalogue()
        found = catalogue.find(call.method, aim)
        proven = self._proving.prove(call, view)
        subject, group, user = proven.subject, None, None
        if subject is not None and isinstance(found, Match):
            group = naming.group(found, subject, call.field, view)
            user = naming.user(found, subject, view)
        looked = proven.looked or self._catalogue is None
        if looked and not (current and view.applied == epoch):
            raise Missed
        proven = self._proving.claimed(proven)
        if proven.subject is None:
            group = user = None
        verdict = self._answer(call, found, proven, group, user)
        if proven.ticket is None:
            # A client that has used its nonce again will do so further. What follows may overlook
            # a refusal, and that must not be learned.
            self._shortcut.learn(call, verdict, proven, catalogue, epoch)
        return self._noted(call, verdict, proven)

    def _answer(
        self,
        call: Call,
        found: Match | Known | None,
        proven: Proven,
        group: GroupState | None,
        user: NamedUser | None,
    ) -> Verdict:
        """Ask the rule."""
        match, operation, methods = None, None, NO_METHODS
        if isinstance(found, Match):
            match, operation = found, found.operation
        elif isinstance(found, Known):
            methods = found.methods
        proof, _, _, subject, key_id, _, _, _ = proven
        left = None if key_id is None else self._throttle.called(key_id)
        asked = (proof, operation, bool(methods), group, user, call.address)
        said = decision.decide(subject, _new(AccessRequest, asked))
        id_ = next(self._ids).to_bytes(ID_BYTES).hex()
        told = (said, match, methods, subject, key_id, group, user, call.address, id_, left, False)
        return _new(Verdict, told)
