import pytest

from keyreeve.storage import proofs
from keyreeve.storage.database import Database
from keyreeve.storage.errors import SealBroken

WHERE = {"key_id": "a" * 24, "name": "ada@example.org", "algorithm": "MD5", "realm": "Keyreeve"}


def bound(where: dict[str, str]) -> proofs.Binding:
    rest = {name: value for name, value in where.items() if name != "key_id"}
    return proofs.bound(where["key_id"], **rest)


@pytest.mark.parametrize("name", WHERE)
def test_a_proof_opens_for_its_own_row_only(database: Database, name: str) -> None:
    sealed = database.secrets.seal(b"proof", **bound(WHERE))
    assert database.secrets.unseal(sealed, **bound(WHERE)) == b"proof"
    with pytest.raises(SealBroken):
        database.secrets.unseal(sealed, **bound({**WHERE, name: "another"}))
