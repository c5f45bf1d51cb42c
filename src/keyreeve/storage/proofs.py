"""What a sealed H(A1) is bound to: opened for another key, name, algorithm or realm, it fails."""

from typing import TypedDict

from keyreeve.storage import schema

PURPOSE = "digest"


class Binding(TypedDict):
    """The associated data of one sealed H(A1)."""

    purpose: str
    table: str
    key_id: str
    name: str
    algorithm: str
    realm: str


def bound(key_id: str, *, name: str, algorithm: str, realm: str) -> Binding:
    """Return the associated data of the H(A1) of a key under one of its names."""
    return Binding(
        purpose=PURPOSE,
        table=schema.api_key_proofs.name,
        key_id=key_id,
        name=name,
        algorithm=algorithm,
        realm=realm,
    )
