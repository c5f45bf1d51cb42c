"""JSON and YAML, as strictly as both can be read."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def answering(answer: bytes, *, dripping: bool = False) -> Iterator[str]:
    """Serve one request and hang up; or go on byte by byte until nobody listens any more."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)
                while dripping and not ended.wait(0.05):
                    connection.sendall(b"a")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/openapi.yaml"
        ended.set()
        thread.join(10)


def test_a_document_is_had_from_the_web() -> None:
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\na: [1]") as url:
        assert structured_files.read(url) == {"a": [1]}


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\npath: /\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\npath: /\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"no http at all\r\n\r\n",
    ],
    ids=["cut off", "cut off in a chunk", "not found", "no HTTP"],
)
def test_a_document_that_does_not_come_whole_is_none(answer: bytes) -> None:
    """The marks of the last operation stand at the end of it."""
    with answering(answer) as url, pytest.raises(Unreadable):
        structured_files.read(url)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\npath: ",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\npath: ",
        b"HTTP/1.1 200 OK\r\nA: ",
    ],
    ids=["a body", "a body without a length", "a head"],
)
def test_what_drips_in_is_given_up(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes well within the time in which a server may be silent."""
    monkeypatch.setattr(structured_files, "WHOLE_SECONDS", 0.5)
    began = time.monotonic()
    with (
        answering(answer, dripping=True) as url,
        pytest.raises(Unreadable, match=r"within 0\.5 seconds"),
    ):
        structured_files.read(url)
    assert time.monotonic() - began < 3


def test_a_redirection_leads_to_no_other_protocol() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        moved = f"HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1:{other.getsockname()[1]}/a\r\n"
        with (
            answering(f"{moved}Content-Length: 0\r\n\r\n".encode()) as url,
            pytest.raises(Unreadable, match="ftp"),
        ):
            structured_files.read(url)
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()


@pytest.mark.parametrize("url", ["http://127.0.0.1/a b", "http://127.0.0.1:port/", "http://[::1"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(Unreadable):
        structured_files.read(url)
