"""`keyreeve key`: API keys."""

from keyreeve.cli import documents
from keyreeve.cli.answers import Answer, results
from keyreeve.cli.installations import actor, changing, opened
from keyreeve.cli.words import Email, KeyId
from keyreeve.services import api_keys, users


def generate(email: Email, /, *, description: str) -> Answer:
    """Generate an API key. It is shown this one time, and never again.

    Parameters
    ----------
    description
        What the key is for.
    """
    with changing() as t:
        user = users.find(t, email)
        key, secret = api_keys.generate(t, actor(), user, description)
    document = {**documents.api_key(key), "key": secret, "username": user.username}
    text = (
        f"API key {key.id} of {user.username}:\n\n    {secret}\n\n"
        "Copy it now. It is like a password, and it is never shown again."
    )
    return Answer(document, text)


def list_(email: Email, /) -> Answer:
    """List a user's API keys, with the last use of each; never a key itself."""
    with opened() as database, database.snapshot() as s:
        found = api_keys.list(s, database.records, users.find(s, email))
    return Answer(results(map(documents.api_key, found)), documents.api_keys(found))


def enable(email: Email, key_id: KeyId, /) -> Answer:
    """Enable an API key."""
    return _set_enabled(email, key_id, enabled=True)


def disable(email: Email, key_id: KeyId, /) -> Answer:
    """Disable an API key. It still counts as one of ten."""
    return _set_enabled(email, key_id, enabled=False)


def delete(email: Email, key_id: KeyId, /) -> Answer:
    """Delete an API key for good."""
    with changing() as t:
        user = users.find(t, email)
        api_keys.delete(t, actor(), user, key_id)
    document = {"id": key_id, "username": user.username, "deleted": True}
    return Answer(document, f"API key {key_id} of {user.username} is deleted.")


def _set_enabled(email: str, key_id: str, *, enabled: bool) -> Answer:
    with changing() as t:
        user = users.find(t, email)
        key = api_keys.set_enabled(t, actor(), user, key_id, enabled=enabled)
    state = "enabled" if enabled else "disabled"
    return Answer(documents.api_key(key), f"API key {key_id} of {user.username} is {state}.")
