"""One nonce ledger for all processes that guard on this host, or else one for each."""

import errno
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path

import pytest

from keyreeve.app import joined_ledger
from keyreeve.app.edge import real
from keyreeve.app.joined_ledger import JoiningStuck
from keyreeve.judge.ledger import Claim
from keyreeve.judge.shared_ledger import MmapLedger
from keyreeve.protocol.nonce import Ticket
from keyreeve.settings import Settings

KEY = "0" * 24


@contextmanager
def ledger(settings: Settings) -> Iterator[MmapLedger | None]:
    """Join as a process of its own would: locks belong to open files, not to processes."""
    with joined_ledger.joined(settings, real()) as path:
        if path is None:
            yield None
            return
        opened = MmapLedger.open(path, real())
        try:
            yield opened
        finally:
            opened.close()


def generation(settings: Settings) -> bytes:
    with ledger(settings) as found:
        assert found is not None
        return found.generation


def test_who_comes_while_another_uses_it_joins_and_sees_what_was_claimed(
    embedded: Settings,
) -> None:
    with ledger(embedded) as first, ledger(embedded) as second:
        assert first is not None
        assert second is not None
        assert first.generation == second.generation
        ticket = Ticket(first.generation, real().ticks(), b"123456")
        assert first.claim("n", ticket, 1, KEY) is Claim.NEW
        assert second.claim("n", ticket, 1, KEY) is Claim.SEEN


def test_the_first_may_leave(embedded: Settings) -> None:
    with ExitStack() as leaving:
        first = leaving.enter_context(ledger(embedded))
        with ledger(embedded) as second:
            leaving.close()
            assert first is not None
            assert second is not None
            assert generation(embedded) == second.generation == first.generation


def test_one_that_nobody_uses_is_never_taken_up_again(embedded: Settings) -> None:
    assert generation(embedded) != generation(embedded)


@pytest.mark.parametrize("how", ["removed", "replaced", "another clock"])
def test_what_is_not_the_ledger_of_the_others_is_not_joined(
    how: str, embedded: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    place = embedded.data_dir / joined_ledger.LEDGER
    with ledger(embedded) as first, caplog.at_level(logging.WARNING, "keyreeve.guard"):
        if how == "another clock":
            other = embedded.data_dir / "time:[7]"
            link = embedded.data_dir / "clock"
            other.touch()
            link.symlink_to(other)
            monkeypatch.setattr(joined_ledger, "CLOCK", link)
        else:
            copy = place.read_bytes()
            place.unlink()
            if how == "replaced":
                place.write_bytes(copy)
        assert first is not None
        with ledger(embedded) as second:
            assert second is None
    assert len(caplog.records) == 1


def test_without_a_folder_to_write_in_each_keeps_its_own(embedded: Settings) -> None:
    with ledger(replace(embedded, data_dir=Path("/proc"))) as found:
        assert found is None


def test_on_a_network_file_system_each_keeps_its_own(
    embedded: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("1 0 0:1 / / rw - nfs4 host:/ rw\n")
    monkeypatch.setattr("keyreeve.storage.epoch.MOUNTS", mounts)
    with ledger(embedded) as found:
        assert found is None


def test_who_cannot_make_it_keeps_nobody_from_making_it(
    embedded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = generation(embedded)
    with monkeypatch.context() as patched, ExitStack() as leaving:
        patched.setattr("os.posix_fallocate", _full)
        assert leaving.enter_context(ledger(embedded)) is None
        patched.undo()
        assert generation(embedded) != before


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_lock_that_another_never_lets_go_is_not_waited_for_for_ever(
    embedded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joined_ledger, "WAIT_SECONDS", 0.2)
    with (embedded.data_dir / joined_ledger.JOINING).open("w") as stuck:
        flock(stuck, LOCK_EX)
        with pytest.raises(JoiningStuck, match=r"nonces\.joining: .* for 0\.2 seconds"):
            generation(embedded)
        flock(stuck, LOCK_UN)
        assert generation(embedded)


def test_a_lock_that_another_lets_go_is_waited_for(embedded: Settings) -> None:
    with (embedded.data_dir / joined_ledger.JOINING).open("w") as busy:
        flock(busy, LOCK_EX)
        timer = threading.Timer(0.3, flock, (busy, LOCK_UN))
        timer.start()
        assert generation(embedded)
        timer.join(10)


def test_a_link_is_not_followed(embedded: Settings, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (embedded.data_dir / joined_ledger.JOINED).symlink_to(elsewhere)
    with ledger(embedded) as found:
        assert found is None
    assert not elsewhere.exists()


def test_it_is_nobody_elses_to_read(embedded: Settings) -> None:
    with ledger(embedded):
        for name in (joined_ledger.LEDGER, joined_ledger.JOINED, joined_ledger.JOINING):
            assert os.stat(embedded.data_dir / name).st_mode & 0o777 == 0o600  # noqa: PTH116
