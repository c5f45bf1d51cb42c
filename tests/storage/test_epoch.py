import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from keyreeve.domain.edge import Edge
from keyreeve.storage import epoch
from keyreeve.storage.epoch import EpochFile, Stamp
from keyreeve.storage.errors import StartRefused
from storage import crash

HERE = Stamp("a" * 24, inode=7, boot_id=b"b" * 16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keyreeve.epoch"


@pytest.fixture
def join(path: Path, edge: Edge) -> Callable[..., EpochFile]:
    def joined(stamp: Stamp = HERE, *, committed: int = 0) -> EpochFile:
        return epoch.join(path, stamp, committed=committed, entropy=edge.entropy)

    return joined


def test_a_new_file_starts_at_the_committed_epoch(join: Callable[..., EpochFile]) -> None:
    file = join(committed=41)
    assert file.read() == 41
    file.close()


def test_the_file_is_for_its_owner_only(join: Callable[..., EpochFile], path: Path) -> None:
    before = os.umask(0)
    try:
        join().close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_all_who_join_share_one_counter(join: Callable[..., EpochFile]) -> None:
    first, second = join(), join()
    first.raise_to(2**40)
    assert second.read() == 2**40
    assert first.generation == second.generation
    first.close()
    second.close()


def test_the_counter_survives_when_everybody_leaves(join: Callable[..., EpochFile]) -> None:
    first = join()
    first.raise_to(9)
    first.close()
    second = join(committed=8)
    assert (second.read(), second.generation) == (9, first.generation)
    second.close()


def test_a_counter_that_fell_behind_is_raised_by_who_is_alone(
    join: Callable[..., EpochFile],
) -> None:
    join(committed=3).close()
    file = join(committed=5)
    assert file.read() == 5
    file.close()


def test_who_joins_the_living_leaves_the_counter_to_writers(
    join: Callable[..., EpochFile],
) -> None:
    first = join(committed=3)
    second = join(committed=5)
    assert second.read() == 3
    first.close()
    second.close()


@pytest.mark.parametrize(
    "other", [replace(HERE, boot_id=b"c" * 16), replace(HERE, inode=8)], ids=["boot", "inode"]
)
def test_another_boot_or_database_makes_it_anew(
    other: Stamp, join: Callable[..., EpochFile]
) -> None:
    first = join()
    first.raise_to(9)
    first.close()
    second = join(other, committed=4)
    assert second.read() == 4
    assert second.generation != first.generation
    second.close()


@pytest.mark.parametrize(
    "other", [replace(HERE, boot_id=b"c" * 16), replace(HERE, inode=8)], ids=["boot", "inode"]
)
def test_another_boot_or_database_is_refused_while_somebody_lives(
    other: Stamp, join: Callable[..., EpochFile]
) -> None:
    first = join()
    first.raise_to(9)
    with pytest.raises(StartRefused, match="running processes hold it"):
        join(other)
    assert first.read() == 9
    first.close()


def test_a_file_of_another_installation_is_refused_even_alone(
    join: Callable[..., EpochFile], path: Path
) -> None:
    join().close()
    before = path.read_bytes()
    with pytest.raises(StartRefused, match=r"keyreeve\.epoch: it belongs to another"):
        join(replace(HERE, installation_id="d" * 24))
    assert path.read_bytes() == before


def test_a_file_whose_name_was_taken_away_is_shared_with_who_holds_it(
    join: Callable[..., EpochFile], path: Path
) -> None:
    first = join()
    path.unlink()
    second = join()
    second.raise_to(9)
    assert (first.read(), first.generation) == (9, second.generation)
    first.close()
    second.close()


def test_what_is_left_of_another_installation_is_not_recalled(
    join: Callable[..., EpochFile], path: Path
) -> None:
    join(replace(HERE, installation_id="d" * 24)).close()
    path.unlink()
    for _ in range(2):
        join().close()
        path.unlink()
    found = epoch.peek(path.with_name(".keyreeve.epoch"))
    assert found is not None
    assert found.installation_id == HERE.installation_id


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 72, b"KRepoch1", b"\0" * 4096])
def test_what_is_no_epoch_file_is_refused_and_left(
    content: bytes, join: Callable[..., EpochFile], path: Path
) -> None:
    path.write_bytes(content)
    with pytest.raises(StartRefused, match="no epoch file"):
        join()
    assert path.read_bytes() == content


def test_a_symbolic_link_is_refused(join: Callable[..., EpochFile], path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))
    with pytest.raises(StartRefused, match=r"keyreeve\.epoch"):
        join()


def test_without_a_boot_id_a_file_that_nobody_holds_is_made_anew(
    join: Callable[..., EpochFile],
) -> None:
    nowhere = replace(HERE, boot_id=bytes(16))
    first = join(nowhere)
    first.close()
    second = join(nowhere)
    assert second.generation != first.generation
    second.close()


@pytest.mark.filterwarnings(crash.FORKS)
def test_a_process_that_was_killed_holds_nothing(
    join: Callable[..., EpochFile], path: Path
) -> None:
    def hold(pipe: int) -> None:
        join()
        os.write(pipe, b"!")
        while True:
            pass

    alive: list[bool] = []

    def look(pipe: int) -> None:
        os.read(pipe, 1)
        alive.append(epoch.is_alive(path))

    crash.killed_while(hold, look)
    assert (alive, epoch.is_alive(path)) == ([True], False)


def test_a_network_file_system_is_refused(
    join: Callable[..., EpochFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    told = tmp_path / "mountinfo"
    told.write_text(f"36 35 0:40 / {tmp_path} rw,relatime - nfs4 server:/export rw\n")
    monkeypatch.setattr(epoch, "MOUNTS", told)
    with pytest.raises(StartRefused, match="nfs4 is a network file system"):
        join()
    assert not path.exists()


def test_a_stamp_tells_databases_apart(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.touch()
    other.touch()
    assert epoch.stamp("a" * 24, one) == epoch.stamp("a" * 24, one)
    assert epoch.stamp("a" * 24, one) != epoch.stamp("a" * 24, other)


def test_the_file_is_alive_while_anybody_holds_it(
    join: Callable[..., EpochFile], path: Path
) -> None:
    first, second = join(), join()
    first.close()
    assert epoch.is_alive(path)
    second.close()
    assert not epoch.is_alive(path)
    third = join()
    assert epoch.is_alive(path)
    third.close()


def test_a_closed_file_cannot_be_read(join: Callable[..., EpochFile]) -> None:
    file = join()
    file.close()
    with pytest.raises(ValueError, match="released"):
        file.read()


def test_peeking_tells_the_stamp_without_joining(
    join: Callable[..., EpochFile], path: Path
) -> None:
    assert epoch.peek(path) is None
    file = join()
    assert epoch.peek(path) == replace(HERE, generation=file.generation)
    file.close()
    assert not epoch.is_alive(path)
