"""Proving: what the credentials of a call turn out to be (rule 1)."""

import hmac
from typing import NamedTuple

from keyreeve.domain.decision import Proof
from keyreeve.domain.subject import Subject
from keyreeve.judge.call import Call
from keyreeve.judge.freshness import View
from keyreeve.judge.ledger import Claim, Ledger
from keyreeve.judge.throttle import Throttle
from keyreeve.protocol import digest, nonce, token
from keyreeve.protocol.digest import Credentials, MalformedDigest
from keyreeve.protocol.nonce import ForeignNonce, Ticket
from keyreeve.storage.database import Database
from keyreeve.storage.subjects import Credential, StoredSubject

CANDIDATES = 10
"""Keys tried whenever it is not known which one to try: as many as a user may have."""

_BEARER = b"bearer "
_HASH_BYTES = {"MD5": 16, "SHA-256": 32}
# What is met on every call, looked up once; and half the cost of calling a named tuple.
_HOLDS, _NEW = Proof.HOLDS, Claim.NEW
_new = tuple.__new__


class Proven(NamedTuple):
    """What was found. Where there is a digest, it holds only once its nonce is claimed as well."""

    proof: Proof
    username: str | None = None
    """The name that was claimed."""
    looked: bool = False
    """Whether it rests on what is stored."""
    subject: Subject | None = None
    key_id: str | None = None
    digest: Credentials | None = None
    """A right one, whose count nobody has claimed yet."""
    ticket: Ticket | None = None
    """What its nonce says; None if the ledger knows it already."""
    key: Credential | None = None
    """What proved the digest."""


class Proving:
    """Rule 1: tells whether a live key of a live user proves a request."""

    def __init__(  # noqa: PLR0913 - as its judge
        self,
        database: Database,
        ledger: Ledger,
        throttle: Throttle,
        *,
        algorithms: tuple[str, ...],
        nonce_seconds: int,
        bearer: bool,
    ) -> None:
        self._secrets = database.secrets
        self._realm = database.installation.realm
        self._edge = database.edge
        self._ledger = ledger
        self._throttle = throttle
        self._barred = throttle.barred
        self._algorithms = algorithms
        self._lifetime = nonce_seconds * 1000
        self._bearer = bearer
        self._nobodys = {name: self._dummies(name) for name in digest.ALGORITHMS}

    def challenges(self, *, stale: bool) -> tuple[str, ...]:
        """Write the challenges of one answer, with one fresh nonce: no state is kept of it."""
        entropy = self._edge.entropy(nonce.ENTROPY_BYTES)
        ticket = Ticket(self._ledger.generation, self._edge.ticks(), entropy)
        fresh = nonce.issue(self._secrets.nonce_key, ticket)
        return tuple(
            digest.challenge(realm=self._realm, nonce=fresh, algorithm=algorithm, stale=stale)
            for algorithm in self._algorithms
        )

    def prove(self, call: Call, view: View) -> Proven:
        """Look at the credentials of a call; nothing is used up by it.

        Raises:
            Throttled: this caller, or the key that he used before, has to wait.
        """
        header = call.authorization
        if header is None:
            return Proven(Proof.ABSENT)
        if header[:1] in b"Bb" and header[: len(_BEARER)].lower() == _BEARER:
            if self._barred:
                self._throttle.check(call.address, None)
            return self._bearer_key(header[len(_BEARER) :], call, view)
        try:
            credentials = digest.parse(header)
        except MalformedDigest:
            if self._barred:
                self._throttle.check(call.address, None)
            return Proven(Proof.MALFORMED)
        if self._barred:
            self._throttle.check(call.address, credentials.username)
        misfit = self._misfit(credentials, call.target)
        if misfit is not None:
            return Proven(misfit, credentials.username)
        return self._digest(credentials, call.method, view)

    def claimed(self, proven: Proven) -> Proven:
        """Use up the count of a right digest; without one there is nothing to use up.

        Called only when nothing else is left to check.
        """
        _, username, _, _, key_id, right, ticket, _ = proven
        if right is None or key_id is None:
            return proven
        claim = self._ledger.claim(right.nonce, ticket, int(right.nc, 16), key_id)
        if claim is _NEW:
            return proven
        return Proven(Proof.REPLAYED if claim is Claim.SEEN else Proof.NONCE_STALE, username)

    def _misfit(self, credentials: Credentials, target: str) -> Proof | None:
        """Tell what makes a digest worthless here, whoever computed it."""
        if credentials.realm != self._realm:
            return Proof.REALM_FOREIGN
        if credentials.algorithm not in self._algorithms:
            return Proof.ALGORITHM_NOT_OFFERED
        return None if credentials.uri == target else Proof.URI_MISMATCH

    def _digest(self, credentials: Credentials, method: str, view: View) -> Proven:
        """Check tag, generation and age of the nonce, then the digest, in this order.

        A nonce in the ledger has a right tag, or it would not have got there, and the generation
        of the ledger; its age is checked by the claim.
        """
        username = credentials.username
        ticket, fresh = None, True
        prover = self._ledger.prover(credentials.nonce)
        if prover is None:
            try:
                ticket = nonce.read(self._secrets.nonce_key, credentials.nonce)
            except ForeignNonce:
                return Proven(Proof.NONCE_FOREIGN, username)
            fresh = self._is_fresh(ticket)
        elif self._barred:
            self._throttle.check_key(prover)
        stored = view.subject(username)
        key = self._key(credentials, method, stored, prover)
        if stored is None or key is None:
            unknown = Proof.USER_UNKNOWN if stored is None else Proof.KEY_UNKNOWN
            return Proven(unknown, username, looked=True)
        failure = _dead(stored, key) or (None if fresh else Proof.NONCE_STALE)
        if failure is not None:
            return Proven(failure, username, looked=True)
        right = (_HOLDS, username, True, stored.subject, key.key_id, credentials, ticket, key)
        return _new(Proven, right)

    def _is_fresh(self, ticket: Ticket) -> bool:
        age = self._edge.ticks() - ticket.issued
        return ticket.generation == self._ledger.generation and age < self._lifetime

    def _key(
        self,
        credentials: Credentials,
        method: str,
        stored: StoredSubject | None,
        prover: str | None,
    ) -> Credential | None:
        """Find the key that proves a digest, with the same work whoever there is or is not.

        The key that proved the nonce before is tried first, then all the ten there can be. Nobody
        has the keys that make up the number.
        """
        algorithm, nobodys = credentials.algorithm, self._nobodys[credentials.algorithm]
        ha2 = digest.ha2(algorithm, method, credentials.uri)
        held = () if stored is None else stored.credentials
        if prover is not None:
            first = nobodys[0]
            for key in held:
                if key.key_id == prover and key.algorithm == algorithm:
                    first = key
            if _is_right(credentials, first, ha2):
                return first
        candidates = [key for key in held if key.algorithm == algorithm]
        candidates += nobodys[len(candidates) :]
        found = None
        for key in candidates:
            if _is_right(credentials, key, ha2):
                found = key
        return found

    def _bearer_key(self, value: bytes, call: Call, view: View) -> Proven:
        """Look a key up that was sent as it is (RFC 6750, section 2.1)."""
        if not (self._bearer and call.private):
            return Proven(Proof.BEARER_REFUSED)
        secret = value.decode("latin-1")
        if not token.is_well_formed(secret):
            return Proven(Proof.MALFORMED)
        stored = view.subject(self._secrets.bearer_digest(secret))
        if stored is None:
            return Proven(Proof.KEY_UNKNOWN, looked=True)
        (key,) = stored.credentials
        failure = _dead(stored, key)
        if failure is not None:
            return Proven(failure, looked=True)
        subject = stored.subject
        return Proven(_HOLDS, subject.username, looked=True, subject=subject, key_id=key.key_id)

    def _dummies(self, algorithm: str) -> tuple[Credential, ...]:
        """Make keys that nobody has."""
        size = _HASH_BYTES[algorithm]
        return tuple(
            Credential("", enabled=False, name="", algorithm=algorithm, ha1=secret.hex())
            for secret in (self._edge.entropy(size) for _ in range(CANDIDATES))
        )


def _dead(stored: StoredSubject, key: Credential) -> Proof | None:
    """Tell why a right digest proves nothing: the user or the key is disabled."""
    if not stored.enabled:
        return Proof.USER_DISABLED
    return None if key.enabled else Proof.KEY_DISABLED


def _is_right(credentials: Credentials, key: Credential, ha2: str) -> bool:
    expected = digest.respond(credentials, ha1=key.ha1, ha2=ha2)
    return hmac.compare_digest(expected, credentials.response)
