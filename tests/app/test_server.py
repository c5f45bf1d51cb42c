"""One serving process, with an application that only waits."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

PROGRAM = """
import asyncio, socket, sys
from keyreeve.app import server

class Waiting:
    def drain(self):
        print("draining", flush=True)

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            print("ended", flush=True)
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["path"] == "/slow":
            await asyncio.sleep(2.5)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["scheme"].encode()})

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
print(listener.getsockname()[1], flush=True)
server.run(Waiting(), listener, new_id=lambda: "abc123")
print("returned", flush=True)
"""


@dataclass
class Served:
    process: "subprocess.Popen[str]"
    url: str

    def slowly(self) -> "tuple[threading.Thread, list[int]]":
        """Begin a request that takes longer than the server drains."""
        statuses: list[int] = []

        def ask() -> None:
            statuses.append(requests.get(f"{self.url}/slow", timeout=20).status_code)

        thread = threading.Thread(target=ask)
        thread.start()
        time.sleep(0.4)
        return thread, statuses


@pytest.fixture
def served() -> Iterator[Served]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        requests.get(url, timeout=10)
        yield Served(process, url)
        process.kill()


def test_sigterm_drains_finishes_what_is_in_flight_and_returns(served: Served) -> None:
    thread, statuses = served.slowly()
    served.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert requests.get(served.url, timeout=5).status_code == 200
    out, _ = served.process.communicate(timeout=20)
    thread.join()
    assert statuses == [200]
    assert out.split() == ["draining", "ended", "returned"]
    assert served.process.returncode == 0


def test_sigint_stops_accepting_but_finishes_what_is_in_flight(served: Served) -> None:
    thread, statuses = served.slowly()
    served.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    with pytest.raises(requests.ConnectionError):
        requests.get(served.url, timeout=5)
    served.process.communicate(timeout=20)
    thread.join()
    assert statuses == [200]
    assert served.process.returncode == 0


def test_a_second_sigint_does_not_wait(served: Served) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", f"import requests; requests.get('{served.url}/slow')"],
        stderr=subprocess.DEVNULL,
    ):
        time.sleep(0.5)
        start = time.monotonic()
        served.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        served.process.send_signal(signal.SIGINT)
        served.process.communicate(timeout=20)
        assert time.monotonic() - start < 1.5


def test_no_proxy_is_believed_and_the_server_is_not_named(served: Served) -> None:
    answer = requests.get(served.url, timeout=5, headers={"X-Forwarded-Proto": "https"})
    assert answer.text == "http"
    assert "Server" not in answer.headers


def test_what_is_no_request_is_answered_under_an_id_too(served: Served) -> None:
    port = int(served.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET http://elsewhere/ HTTP/1.1\r\nHost: elsewhere\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nx-request-id: abc123\r\n" in answer
