"""JSON and YAML, as strictly as both can be read."""

from pathlib import Path

import pytest

from keyreeve.cli import structured_files
from keyreeve.cli.structured_files import Unreadable


@pytest.mark.parametrize(
    "data", [b'{"a": [1]}', b'\xef\xbb\xbf{"a": [1]}', b"a: [1]", b"a:\n- 1\n"]
)
def test_json_and_yaml_say_the_same(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(data)
    assert structured_files.read(str(file)) == {"a": [1]}


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1, "a": 2}',
        b"a: 1\na: 2",
        b"a: &x 1\nb: *x",
        b"a: !!python/name:os.system",
        b"\xff",
        b"{",
        b"a: [",
        b"[" * 100_000,
    ],
)
def test_what_can_be_read_in_two_ways_or_in_none_is_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(data)
    with pytest.raises(Unreadable):
        structured_files.read(str(file))


def test_what_cannot_be_had_says_why(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file"):
        structured_files.read(str(tmp_path / "none"))
