"""Second factors: set up with a first code, asked for by actions, guessed at in vain."""

import hmac
from base64 import b32encode
from urllib.parse import quote

from keyreeve.domain import second_factor
from keyreeve.domain.audit import Actor
from keyreeve.domain.second_factor import Accepted, Blocked, Enrolment, SecondFactor, Used, Wrong
from keyreeve.domain.user import User
from keyreeve.protocol import totp
from keyreeve.storage.second_factors import NO_STEP, StoredFactor
from keyreeve.storage.transaction import Snapshot, Transaction

SEED_BYTES = 20
RECOVERY_BYTES = 15
"""120 bits, which are 24 characters of Base32."""
RECOVERY_CHARACTERS = 24


def enabled(s: Snapshot, user: User) -> SecondFactor | None:
    """Return the second factor of a user, if he has one."""
    stored = s.second_factors.get(user.id)
    if stored is None or stored.since is None:
        return None
    return SecondFactor(stored.since, s.second_factors.recovery_codes(user.id))


def begin(t: Transaction, user: User) -> Enrolment:
    """Propose a seed. It is in use only once a first code has shown that a device has it."""
    seed = t.edge.entropy(SEED_BYTES)
    t.second_factors.propose(user.id, seed, t.edge.now())
    return _enrolment(t, user, seed)


def pending(s: Snapshot, user: User) -> Enrolment | None:
    """Return what was proposed and still waits for its first code."""
    stored = s.second_factors.get(user.id)
    if stored is None or stored.pending is None:
        return None
    return _enrolment(s, user, stored.pending)


def confirm(
    t: Transaction, actor: Actor, user: User, code: str
) -> tuple[str, ...] | Wrong | Used | Blocked:
    """Take the first code, and return ten recovery codes: kept nowhere, good once each.

    Commit the transaction whatever comes back: a wrong code is counted.
    """
    stored = t.second_factors.get(user.id, lock=True)
    if stored is None or stored.pending is None:
        return Wrong()
    found = _compare(t, stored, stored.pending, code, last_step=NO_STEP)
    if not isinstance(found, int):
        return found
    t.second_factors.adopt(user.id, stored.pending, found, t.edge.now())
    codes = tuple(_recovery_code(t) for _ in range(second_factor.RECOVERY_CODES))
    t.second_factors.set_recovery_codes(user.id, (_recovery_digest(t, code) for code in codes))
    t.record(actor, "second_factor.enable", user.id, user_id=user.id)
    return codes


def verify(t: Transaction, actor: Actor, user: User, code: str) -> second_factor.Verdict:
    """Take a code of the device, or a recovery code in its place.

    Counted before anything is compared, under a lock, so that no number of tries at once gets
    more than it may. Commit the transaction whatever comes back.
    """
    stored = t.second_factors.get(user.id, lock=True)
    if stored is None or stored.seed is None:
        return Wrong()
    typed = "".join(code.split()).replace("-", "").upper()
    if len(typed) == RECOVERY_CHARACTERS:
        return _spend_recovery_code(t, actor, user, stored, typed)
    found = _compare(t, stored, stored.seed, typed, last_step=stored.last_step)
    if not isinstance(found, int):
        return found
    t.second_factors.spend(user.id, found)
    return Accepted()


def disable(t: Transaction, actor: Actor, user: User) -> bool:
    """Forget a user's second factor; tell whether he had one. A code was verified before."""
    if enabled(t, user) is None:
        return False
    t.second_factors.forget(user.id)
    t.record(actor, "second_factor.disable", user.id, user_id=user.id)
    return True


def _compare(
    t: Transaction, stored: StoredFactor, seed: bytes, code: str, *, last_step: int
) -> int | Wrong | Used | Blocked:
    """Count, then compare unless too much was guessed; return the step of a right code."""
    now = t.edge.now()
    guesses = stored.guesses.counted(now)
    until = guesses.blocked(now)
    if until is not None:
        t.second_factors.count(stored.user_id, guesses)
        return Blocked(until)
    typed = "".join(code.split())
    step = totp.accepted_step(seed, typed, now=now.timestamp(), last_step=last_step)
    if step is not None:
        t.second_factors.count(stored.user_id, guesses.hit())
        return step
    t.second_factors.count(stored.user_id, guesses.missed(now))
    spent = totp.accepted_step(seed, typed, now=now.timestamp(), last_step=NO_STEP)
    return Wrong() if spent is None else Used()


def _spend_recovery_code(
    t: Transaction, actor: Actor, user: User, stored: StoredFactor, typed: str
) -> Accepted | Wrong:
    """Take a recovery code. Nobody guesses 120 bits, so it opens even while codes are blocked."""
    now = t.edge.now()
    guesses = stored.guesses.counted(now)
    if not t.second_factors.spend_recovery_code(user.id, _recovery_digest(t, typed)):
        t.second_factors.count(user.id, guesses.missed(now))
        return Wrong()
    t.second_factors.count(user.id, guesses)
    left = t.second_factors.recovery_codes(user.id)
    t.record(actor, "second_factor.recover", user.id, user_id=user.id, details={"codesLeft": left})
    return Accepted(by_recovery_code=True)


def _enrolment(s: Snapshot, user: User, seed: bytes) -> Enrolment:
    """Spell a seed for devices and for people (the key URI format of authenticator apps)."""
    secret = b32encode(seed).decode("ascii")
    label = quote(f"{s.realm}:{user.username}", safe="@:")
    uri = f"otpauth://totp/{label}?secret={secret}&issuer={quote(s.realm, safe='')}"
    return Enrolment(secret, uri)


def _recovery_code(t: Transaction) -> str:
    text = b32encode(t.edge.entropy(RECOVERY_BYTES)).decode("ascii")
    return "-".join(text[i : i + 4] for i in range(0, RECOVERY_CHARACTERS, 4))


def _recovery_digest(s: Snapshot, code: str) -> bytes:
    return hmac.digest(s.secrets.recovery_key, code.replace("-", "").encode(), "sha256")
