"""API keys: generated for their owner, shown once, and from then on known only by proofs."""

from collections.abc import Iterator
from dataclasses import replace

from keyreeve.domain import api_key as api_key_rules
from keyreeve.domain.api_key import ApiKey
from keyreeve.domain.audit import Actor
from keyreeve.domain.errors import ApiKeyNotFound, UserDisabled
from keyreeve.domain.user import User
from keyreeve.protocol import digest, token
from keyreeve.services import usage, users
from keyreeve.storage import proofs
from keyreeve.storage.api_keys import KeyProof
from keyreeve.storage.records import Records
from keyreeve.storage.transaction import Snapshot, Transaction


def generate(t: Transaction, actor: Actor, user: User, description: str) -> tuple[ApiKey, str]:
    """Make a new key. Its secret is returned here and nowhere else, ever.

    Raises:
        InvalidDescription: it is empty, too long or holds controls.
        UserDisabled: the user is disabled.
        ApiKeyLimitReached: he has ten keys; disabled ones count.
    """
    text = api_key_rules.check_description(description)
    owner = users.find(t, user.id)
    if not owner.enabled:
        raise UserDisabled(owner.username)
    secret = token.format(t.edge.entropy(token.ENTROPY_BYTES))
    key = ApiKey(
        id=t.edge.new_id(),
        user_id=owner.id,
        description=text,
        redacted=token.redact(secret),
        created=t.edge.now(),
    )
    t.api_keys.add(
        key,
        bearer_digest=t.secrets.bearer_digest(secret),
        proofs=tuple(_proofs(t, owner, key, secret)),
    )
    _tell(t, actor, "api_key.generate", key)
    return key, secret


def list(s: Snapshot, records: Records, user: User) -> tuple[ApiKey, ...]:  # noqa: A001 - the verb
    """Return the keys of a user, oldest first, each with its last use."""
    keys = s.api_keys.list(user.id)
    uses = usage.known(records, [key.id for key in keys])
    return tuple(
        replace(
            key,
            last_used=uses[key.id].last_used,
            last_used_address=uses[key.id].last_used_address,
        )
        if key.id in uses
        else key
        for key in keys
    )


def set_enabled(t: Transaction, actor: Actor, user: User, key_id: str, *, enabled: bool) -> ApiKey:
    """Enable a key, or disable it: from now on it proves nothing. It still counts as one of ten.

    Raises:
        ApiKeyNotFound: the user has no such key.
    """
    key = _found(t, user, key_id)
    if key.enabled == enabled:
        return key
    t.api_keys.set_enabled(user.id, key_id, enabled=enabled)
    _tell(t, actor, "api_key.enable" if enabled else "api_key.disable", key)
    return replace(key, enabled=enabled)


def describe(t: Transaction, actor: Actor, user: User, key_id: str, description: str) -> ApiKey:
    """Describe a key anew.

    Raises:
        InvalidDescription: it is empty, too long or holds controls.
        ApiKeyNotFound: the user has no such key.
    """
    text = api_key_rules.check_description(description)
    key = _found(t, user, key_id)
    if key.description == text:
        return key
    t.api_keys.set_description(user.id, key_id, text)
    described = replace(key, description=text)
    _tell(t, actor, "api_key.describe", described)
    return described


def delete(t: Transaction, actor: Actor, user: User, key_id: str) -> None:
    """Delete a key for good; its slot is free again.

    Raises:
        ApiKeyNotFound: the user has no such key.
    """
    key = _found(t, user, key_id)
    t.api_keys.remove(user.id, key_id)
    _tell(t, actor, "api_key.delete", key)


def _found(s: Snapshot, user: User, key_id: str) -> ApiKey:
    key = s.api_keys.get(user.id, key_id)
    if key is None:
        raise ApiKeyNotFound(key_id)
    return key


def _proofs(t: Transaction, owner: User, key: ApiKey, secret: str) -> Iterator[KeyProof]:
    """Seal what proves the key, under each name it accepts.

    For both algorithms, whatever is on offer today: the secret is gone after this, and a key
    must outlive a change of the setting.
    """
    for name in (owner.username, key.id):
        for algorithm in digest.ALGORITHMS:
            ha1 = digest.ha1(algorithm, name, t.realm, secret)
            bound = proofs.bound(key.id, name=name, algorithm=algorithm, realm=t.realm)
            yield KeyProof(name, algorithm, t.secrets.seal(ha1.encode(), **bound))


def _tell(t: Transaction, actor: Actor, action: str, key: ApiKey) -> None:
    t.changed("user", key.user_id)
    told = {"description": key.description}
    t.record(actor, action, key.id, user_id=key.user_id, details=told)
