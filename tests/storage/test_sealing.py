import itertools
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from conftest import counted
from keyreeve.storage import master_key, sealing
from keyreeve.storage.errors import SealBroken
from keyreeve.storage.master_key import Ring
from keyreeve.storage.sealing import Row, Secrets

ROW = Row(
    purpose="digest",
    table="api_key_proofs",
    key_id="a" * 24,
    name="ada@example.org",
    algorithm="MD5",
    realm="Keyreeve",
)
ONE = master_key.new(counted())
TWO = ONE.grown(counted())


def secrets(ring: Ring = ONE, *, version: int = 1, reload: Ring | None = None) -> Secrets:
    return Secrets(ring, version=version, base=1, entropy=counted(), reload=lambda: reload or ring)


@given(st.binary(max_size=100))
def test_what_is_sealed_opens_for_its_own_row(plaintext: bytes) -> None:
    keys = secrets()
    sealed = keys.seal(plaintext, **ROW)
    assert keys.unseal(sealed, **ROW) == plaintext
    assert len(plaintext) < 8 or plaintext not in sealed


@pytest.mark.parametrize("field", list(ROW))
def test_it_opens_for_no_other_row(field: str) -> None:
    keys = secrets()
    sealed = keys.seal(b"h(a1)", **ROW)
    other: Any = {**ROW, field: "another"}
    with pytest.raises(SealBroken):
        keys.unseal(sealed, **other)


def test_no_letter_can_move_from_one_field_to_the_next() -> None:
    keys = secrets()
    sealed = keys.seal(b"h(a1)", **{**ROW, "name": "ab", "algorithm": "c"})
    with pytest.raises(SealBroken):
        keys.unseal(sealed, **{**ROW, "name": "a", "algorithm": "bc"})


@given(st.data())
def test_a_flipped_bit_anywhere_breaks_it(data: st.DataObject) -> None:
    keys = secrets()
    sealed = bytearray(keys.seal(b"h(a1)", **ROW))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        keys.unseal(bytes(sealed), **ROW)


@given(st.binary(max_size=60))
def test_junk_is_broken_and_nothing_else(junk: bytes) -> None:
    with pytest.raises(SealBroken):
        secrets().unseal(junk, **ROW)


def test_the_same_value_never_looks_the_same() -> None:
    keys = secrets()
    assert keys.seal(b"h(a1)", **ROW) != keys.seal(b"h(a1)", **ROW)


def test_every_purpose_has_a_key_of_its_own() -> None:
    purposes = ["pepper", "nonce", "audit", "decision", "check", "seal digest", "seal totp"]
    keys = [sealing.subkey(ONE, 1, purpose) for purpose in purposes]
    assert len(set(keys)) == len(purposes)
    assert ONE.keys[1] not in keys


def test_a_sealed_value_is_laid_out_as_version_nonce_and_aes_gcm_under_its_own_key() -> None:
    sealed = secrets().seal(b"h(a1)", **ROW)
    parts = [sealed[:4], *(value.encode() for value in ROW.values())]
    bound = b"".join(len(part).to_bytes(4) + part for part in parts)
    cipher = AESGCM(sealing.subkey(ONE, 1, "seal digest"))
    assert sealed[:4] == b"\0\0\0\1"
    assert cipher.decrypt(sealed[4:16], sealed[16:], bound) == b"h(a1)"


def test_another_master_key_opens_nothing() -> None:
    other = Ring({1: b"x" * 32})
    sealed = secrets().seal(b"h(a1)", **ROW)
    with pytest.raises(SealBroken):
        secrets(other).unseal(sealed, **ROW)


def test_a_newer_version_is_found_by_reading_the_ring_again() -> None:
    sealed = secrets(TWO, version=2).seal(b"h(a1)", **ROW)
    assert sealing.version_of(sealed) == 2
    assert secrets(ONE, reload=TWO).unseal(sealed, **ROW) == b"h(a1)"


def test_a_version_that_is_nowhere_is_named() -> None:
    sealed = secrets(TWO, version=2).seal(b"h(a1)", **ROW)
    with pytest.raises(SealBroken, match="no version 2"):
        secrets().unseal(sealed, **ROW)


def test_older_versions_open_after_the_database_went_over() -> None:
    keys = secrets(ONE, reload=TWO)
    old = keys.seal(b"h(a1)", **ROW)
    keys.adopt(2)
    new = keys.seal(b"h(a1)", **ROW)
    assert [sealing.version_of(value) for value in (old, new)] == [1, 2]
    assert keys.unseal(old, **ROW) == keys.unseal(new, **ROW) == b"h(a1)"


def test_what_cannot_be_sealed_anew_stays_with_the_base_version() -> None:
    before, after = secrets(ONE), secrets(TWO, version=2)
    assert before.bearer_digest("kr_x") == after.bearer_digest("kr_x")
    assert before.nonce_key == after.nonce_key
    assert before.audit_key == after.audit_key
    assert before.decision_key == after.decision_key


def test_the_check_value_tells_rings_apart() -> None:
    rings = [ONE, Ring({1: b"x" * 32}), Ring({1: ONE.keys[1], 2: b"x" * 32})]
    values = [sealing.check_value(ring, version=ring.newest, base=1) for ring in rings]
    for one, other in itertools.combinations(values, 2):
        assert one != other


def test_the_check_value_holds_the_base_version_too() -> None:
    changed = Ring({1: b"x" * 32, 2: TWO.keys[2]})
    assert sealing.check_value(changed, version=2, base=1) != sealing.check_value(
        TWO, version=2, base=1
    )


def test_nothing_shows_a_key() -> None:
    assert repr(secrets()) == "Secrets(version=1)"


def test_a_decoy_looks_sealed_and_never_opens() -> None:
    keys = secrets()
    decoy, real = keys.decoy(), keys.seal(b"0" * 32, **ROW)
    assert (len(decoy), sealing.version_of(decoy)) == (len(real), sealing.version_of(real))
    with pytest.raises(SealBroken):
        keys.unseal(decoy, **ROW)
