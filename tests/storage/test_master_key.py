import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyreeve.domain.edge import Edge
from keyreeve.storage import master_key
from keyreeve.storage.errors import StartRefused
from keyreeve.storage.master_key import Ring

FILE = Path("the.key")
KEY = "A" * 43
KEYS = st.dictionaries(
    st.integers(1, 999_999_999), st.binary(min_size=32, max_size=32), min_size=1, max_size=5
)


@given(KEYS)
def test_what_is_written_is_read_back(keys: dict[int, bytes]) -> None:
    assert master_key.parse(FILE, master_key.format(Ring(keys))) == Ring(keys)


@given(st.binary(max_size=300))
def test_any_other_file_is_refused_by_name(content: bytes) -> None:
    try:
        master_key.parse(FILE, content)
    except StartRefused as refused:
        assert str(refused).startswith("the.key: ")  # noqa: PT017 - parsing may succeed, too


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        f"{KEY}\n",
        f"0:{KEY}\n",
        f"01:{KEY}\n",
        f"-1:{KEY}\n",
        f"1:{KEY}A\n",
        f"1:{KEY[:-1]}\n",
        f"1:{KEY[:-1]}B\n",
        f"1:{KEY[:-1]}=\n",
        f"1:{KEY}\n1:{KEY}\n",
        f"1:{KEY}\nnonsense\n",
        f"1 {KEY}\n",
        f"1:{KEY[:-1]}é\n",
    ],
)
def test_a_damaged_file_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(StartRefused) as refused:
        master_key.parse(FILE, text.encode())
    assert KEY[:20] not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_file_too_long_is_refused() -> None:
    content = f"1:{KEY}\n".encode() + b"#" * master_key.LONGEST_FILE
    with pytest.raises(StartRefused, match="no master key"):
        master_key.parse(FILE, content)


def test_a_ring_shows_its_versions_only(edge: Edge) -> None:
    ring = master_key.new(edge.entropy).grown(edge.entropy)
    assert repr(ring) == "Ring(versions=[1, 2])"
    assert ring.newest == 2


def test_a_grown_ring_keeps_the_older_versions(edge: Edge) -> None:
    ring = master_key.new(edge.entropy)
    grown = ring.grown(edge.entropy)
    assert grown.keys[1] == ring.keys[1] != grown.keys[2]


def test_a_file_is_made_for_its_owner_only(tmp_path: Path, edge: Edge) -> None:
    path = tmp_path / "keyreeve.key"
    ring = master_key.create(path, edge.entropy)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert master_key.read(path) == ring


def test_a_file_that_exists_is_never_overwritten(tmp_path: Path, edge: Edge) -> None:
    path = tmp_path / "keyreeve.key"
    path.write_text("precious")
    with pytest.raises(StartRefused, match=r"keyreeve\.key"):
        master_key.create(path, edge.entropy)
    assert path.read_text() == "precious"


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o666, 0o660, 0o602])
def test_a_file_that_others_can_read_or_change_is_refused(
    mode: int, tmp_path: Path, edge: Edge
) -> None:
    path = tmp_path / "keyreeve.key"
    master_key.create(path, edge.entropy)
    path.chmod(mode)
    with pytest.raises(StartRefused, match="0600"):
        master_key.read(path)


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640])
def test_a_group_may_read_it(mode: int, tmp_path: Path, edge: Edge) -> None:
    path = tmp_path / "keyreeve.key"
    ring = master_key.create(path, edge.entropy)
    path.chmod(mode)
    assert master_key.read(path) == ring


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_what_cannot_be_read_is_named(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "keyreeve.key"
    if kind == "folder":
        path.mkdir()
    with pytest.raises(StartRefused, match=r"keyreeve\.key"):
        master_key.read(path)
