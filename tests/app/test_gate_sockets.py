import socket
import stat
from pathlib import Path

import pytest

from keyreeve.app import gate_sockets
from keyreeve.domain.errors import Refusal


@pytest.mark.parametrize("address", ["127.0.0.1:0", "[::1]:0", "localhost:0"])
def test_a_port_is_taken(address: str) -> None:
    with gate_sockets.listening(address) as listening:
        assert not listening.local
        host, _, port = listening.shown.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), 5):
            pass


def test_a_socket_file_is_for_owner_and_group_and_goes_with_us(tmp_path: Path) -> None:
    path = tmp_path / "gate"
    with gate_sockets.listening(f"unix:{path}") as listening:
        assert (listening.local, listening.shown) == (True, f"unix:{path}")
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
        with pytest.raises(Refusal, match="in use"), gate_sockets.listening(f"unix:{path}"):
            pass
    assert not path.exists()


def test_a_socket_file_that_was_left_behind_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "gate"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with gate_sockets.listening(f"unix:{path}"):
        pass


def test_any_other_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "gate"
    path.write_text("mine")
    with pytest.raises(Refusal), gate_sockets.listening(f"unix:{path}"):
        pass
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    "address",
    ["", "8081", ":8081", "127.0.0.1", "127.0.0.1:x", "::1:8081", "127.0.0.1:70000", "unix:",
     "unix:/nowhere/at/all", "127.0.0.1:80:81", "no.such.host.invalid:1"],
)  # fmt: skip
def test_what_cannot_be_had_is_refused(address: str) -> None:
    with pytest.raises(Refusal) as refused, gate_sockets.listening(address):
        pass
    assert refused.value.code == "CANNOT_LISTEN"
