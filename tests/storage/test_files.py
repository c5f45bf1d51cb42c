import fcntl
import os
import stat
from pathlib import Path

import pytest

from keyreeve.storage import files
from keyreeve.storage.errors import StartRefused
from storage import crash


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o277])
def test_a_file_is_private_whatever_the_umask(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        files.create(tmp_path / "file", b"content")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600
    assert (tmp_path / "file").read_bytes() == b"content"


def test_creating_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        files.create(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"


def test_publishing_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "draft").write_bytes(b"new")
    with pytest.raises(FileExistsError):
        files.publish(tmp_path / "draft", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"old"


def test_publishing_leaves_one_name(tmp_path: Path) -> None:
    (tmp_path / "draft").write_bytes(b"new")
    files.publish(tmp_path / "draft", tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.filterwarnings(crash.FORKS)
def test_replacing_leaves_the_old_or_the_new_content_wherever_it_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    seen = set()
    for _ in crash.each_effect(lambda: files.replace(file, b"new")):
        seen.add(file.read_bytes())
    assert seen == {b"old", b"new"}
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_gate_lets_one_in_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "GATE_SECONDS", 0.1)
    with files.gate(tmp_path), pytest.raises(StartRefused, match="another process"):
        files.gate(tmp_path).__enter__()
    with files.gate(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings(crash.FORKS)
def test_a_killed_process_leaves_the_gate_open(tmp_path: Path) -> None:
    def stay(pipe: int) -> None:
        with files.gate(tmp_path):
            os.write(pipe, b"!")
            while True:
                pass

    crash.killed_while(stay, lambda pipe: os.read(pipe, 1))
    with files.gate(tmp_path):
        pass


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="nowhere"):
        files.gate(tmp_path / "nowhere").__enter__()


def test_a_lock_that_is_held_is_not_free(tmp_path: Path) -> None:
    first = os.open(tmp_path, os.O_RDONLY)
    second = os.open(tmp_path, os.O_RDONLY)
    assert files.lock(first, fcntl.LOCK_SH)
    assert files.lock(second, fcntl.LOCK_SH)
    assert not files.lock(second, fcntl.LOCK_EX)
    os.close(first)
    assert files.lock(second, fcntl.LOCK_EX)
    os.close(second)
