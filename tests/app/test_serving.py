"""`serve` as a whole: one worker and several, how it stops, and what it leaves behind."""

import http.client
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from requests.auth import HTTPDigestAuth

from doors.installation import BASE, KEYREEVE, Installation, Server, free_port
from postgres import Postgres

ADA = "ada@example.org"
PASSWORD = "correct horse battery staple"


@dataclass
class House:
    """An installation where Ada is an Owner, has a password and a key, and lists this host."""

    installation: Installation
    key: str

    def digest(self) -> HTTPDigestAuth:
        return HTTPDigestAuth(ADA, self.key)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


@pytest.fixture
def house(installation: Installation) -> House:
    return furnished(installation)


@pytest.fixture(scope="module", params=[1, 4], ids=["one worker", "four workers"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[House, Server]]:
    """A house that is served for all tests that change nothing."""
    house = furnished(Installation(tmp_path_factory.mktemp("served")))
    with house.installation.serving(workers=request.param) as server:
        yield house, server


def furnished(installation: Installation) -> House:
    run = installation.run
    run("user", "create", ADA, "--password-stdin", stdin=PASSWORD + "\n")
    run("group", "create", "demo", "--owner", ADA, "--public-api", "on")
    run("whitelist", "add", ADA, "127.0.0.1")
    return House(installation, run("key", "generate", ADA, "--description", "test")["key"])


@contextmanager
def running(house: House, workers: int) -> Iterator[Server]:
    """A server that the test itself will stop."""
    server = house.installation.start(workers=workers)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


def log_of(server: Server) -> list[dict[str, Any]]:
    lines = server.log.read_text().rpartition("\n")[0].splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def logged(server: Server, request_id: str) -> dict[str, Any]:
    """Return the line of a request, which is written once its answer has gone out."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for line in log_of(server):
            if line.get("request_id") == request_id:
                return line
        time.sleep(0.02)
    raise AssertionError(request_id)


def family(server: Server) -> list[psutil.Process]:
    parent = psutil.Process(server.process.pid)
    return [parent, *parent.children(recursive=True)]


def test_it_answers_by_digest_and_bearer_and_logs_each_request(
    served: tuple[House, Server],
) -> None:
    house, server = served
    session = requests.Session()
    session.auth = house.digest()
    for _ in range(5):
        assert session.get(f"{server.api}/groups?pretty=true", timeout=10).status_code == 200
    bearer = {"Authorization": f"Bearer {house.key}"}
    answer = requests.get(f"{server.api}/groups", headers=bearer, timeout=10)
    assert answer.status_code == 200
    allowed = logged(server, answer.headers["X-Request-Id"])
    lines = [e for e in log_of(server) if e["event"] == "request" and BASE in e["target"]]
    assert [line["status"] for line in lines].count(200) >= 6
    assert {line["address"] for line in lines} == {"127.0.0.1"}
    ids = [line["request_id"] for line in lines]
    assert len(set(ids)) == len(ids)
    assert len(allowed["key_id"]) == 24
    assert allowed["decision_id"]
    assert allowed["ms"] > 0


def test_a_nonce_is_good_at_every_worker_and_each_count_only_once(
    served: tuple[House, Server],
) -> None:
    house, server = served
    session = requests.Session()
    session.auth = house.digest()
    # A new connection each time, so that any worker may get it.
    answers = [
        session.get(f"{server.api}/groups", timeout=10, headers={"Connection": "close"})
        for _ in range(60)
    ]
    assert [(a.status_code, len(a.history)) for a in answers] == [(200, 1), *[(200, 0)] * 59]
    sent = answers[-1].request.headers["Authorization"]
    replays = [
        requests.get(f"{server.api}/groups", timeout=10, headers={"Authorization": sent})
        for _ in range(40)
    ]
    assert {replay.status_code for replay in replays} == {401}


def test_a_denial_is_logged_with_key_and_decision(served: tuple[House, Server]) -> None:
    house, server = served
    answer = requests.get(f"{server.api}/groups/{'0' * 24}", auth=house.digest(), timeout=10)
    assert answer.status_code == 404
    line = logged(server, answer.headers["X-Request-Id"])
    assert (line["status"], len(line["key_id"]), len(line["decision_id"])) == (404, 24, 24)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/livez", 200, None),
        ("/readyz", 200, None),
        ("/api", 404, "RESOURCE_NOT_FOUND"),
        ("/api/public/v1.00", 404, "RESOURCE_NOT_FOUND"),
        ("/%61pi/public/v1.0", 400, "TARGET_NOT_CANONICAL"),
        ("/api/public/v1.0", 401, None),
        ("/api/atlas/v1.0/groups", 401, None),
    ],
)
def test_each_path_has_its_own_door(
    served: tuple[House, Server], path: str, status: int, code: str | None
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served[1].port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    document = json.loads(answer.read())
    connection.close()
    assert (answer.status, document.get("errorCode")) == (status, code)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Request-Id"]
    assert answer.headers["Server"] is None


def test_the_console_is_at_the_root(served: tuple[House, Server]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served[1].port, timeout=10)
    connection.request("GET", "/")
    answer = connection.getresponse()
    page = answer.read()
    connection.close()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"Sign in" in page
    assert answer.headers["X-Request-Id"]


def test_neither_key_nor_password_is_anywhere_in_clear(served: tuple[House, Server]) -> None:
    house, server = served
    key = house.key
    assert requests.get(f"{server.api}/groups", auth=house.digest(), timeout=10).ok
    for path, headers in (
        ("/groups", {"Authorization": f"Bearer {key}"}),
        (f"/groups?apiKey={key}", {}),
        ("/groups", {"Authorization": f"Basic {key}"}),
        ("/groups", {"Authorization": f'Digest username="{key}", nonsense'}),
    ):
        requests.get(server.api + path, headers=headers, timeout=10)
    time.sleep(0.5)
    seen = 0
    places = [p for p in server.log.parent.rglob("*") if p.is_file()]
    for place in places:
        content = place.read_bytes()
        seen += len(content)
        for secret in (key, key.removeprefix("kr_"), PASSWORD):
            assert secret.encode() not in content, place
    assert seen > 100_000
    assert {place.name for place in places} >= {"keyreeve.db", "serve.log", "keyreeve.key"}
    for process in family(server):
        assert key not in " ".join(process.cmdline())


@pytest.mark.parametrize("workers", [1, 4])
def test_sigterm_answers_what_is_in_flight_and_then_ends_with_0(house: House, workers: int) -> None:
    failures: list[str] = []
    done = threading.Event()
    answered = [0]

    def hammer() -> None:
        auth = house.digest()
        while not done.is_set():
            try:
                answer = requests.get(f"{server.api}/groups", auth=auth, timeout=20)
            except requests.ConnectionError as gone:
                # Nobody listens any more: only that is no failure.
                if "Connection refused" not in str(gone):
                    failures.append(str(gone))
                return
            answered[0] += 1
            if answer.status_code != 200:
                failures.append(str(answer.status_code))

    with running(house, workers) as server, ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(hammer)
        time.sleep(1)
        asked = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(31) == 0
        took = time.monotonic() - asked
        done.set()
    assert answered[0] > 20
    # At most what sat in the queue of the socket when it was closed.
    assert len(failures) <= 8, failures
    assert took < 10


def test_a_stopping_server_says_that_it_is_not_ready(house: House) -> None:
    with running(house, 2) as server:
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.4)
        answer = requests.get(f"{server.url}/readyz", timeout=5)
        assert (answer.status_code, answer.json()["status"]) == (503, "stopping")
        assert answer.headers["Connection"] == "close"
        assert requests.get(f"{server.url}/livez", timeout=5).status_code == 200
        assert server.process.wait(31) == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_it_with_0_and_without_a_traceback(house: House, workers: int) -> None:
    with running(house, workers) as server:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(31) == 0
        assert "Traceback" not in server.log.read_text()


def test_kill_9_takes_the_workers_along_and_a_restart_works_at_once(house: House) -> None:
    with running(house, 4) as server:
        workers = family(server)[1:]
        assert len(workers) == 4
        server.kill()
        _, alive = psutil.wait_procs(workers, timeout=5)
        assert alive == []
    again = house.installation.start(workers=4, port=server.port)
    try:
        assert requests.get(f"{again.api}/groups", auth=house.digest(), timeout=10).ok
    finally:
        again.process.terminate()
        again.process.wait(31)
    assert not list(house.installation.folder.glob("nonces*"))


def test_a_killed_worker_is_replaced_and_its_nonces_stay_good(house: House) -> None:
    with house.installation.serving(workers=2) as server:
        session = requests.Session()
        session.auth = house.digest()
        session.get(f"{server.api}/groups", timeout=10)
        workers = family(server)[1:]
        workers[0].kill()
        deadline = time.monotonic() + 10
        while len([p for p in family(server)[1:] if p.pid != workers[0].pid]) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1)
        for _ in range(20):
            answer = session.get(
                f"{server.api}/groups", timeout=10, headers={"Connection": "close"}
            )
            assert (answer.status_code, answer.history) == (200, [])


def test_a_port_in_use_is_one_sentence(installation: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        for command in ("serve", "demo"):
            done = installation.attempt(command, "--port", port)
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr == (
                f"keyreeve: Cannot listen on 127.0.0.1 port {port}: another program has it.\n"
            )


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "no.such.host.invalid", "999.1.1.1", f"{'a' * 70}.b"]
)
def test_an_address_that_is_not_ours_is_one_sentence(installation: Installation, host: str) -> None:
    done = installation.attempt("serve", "--host", host, "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"keyreeve: Cannot listen on {host} port 0: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("spoilt", ["keyreeve.key", "keyreeve.db"])
def test_half_an_installation_does_not_start_and_names_the_file(house: House, spoilt: str) -> None:
    (house.installation.folder / spoilt).unlink()
    done = house.installation.attempt("serve", "--port", str(free_port()), "--workers", "2")
    assert (done.returncode, done.stdout) == (1, "")
    assert spoilt in done.stderr
    assert done.stderr.count("\n") == 1


def test_it_says_where_it_listens(installation: Installation) -> None:
    for words, expected in ((["--json"], '{"url": "http://127.0.0.1:'), ([], "Keyreeve listens")):
        process = subprocess.Popen(
            [KEYREEVE, "serve", "--port", "0", *words],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=installation.environment(), cwd=installation.folder,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline().startswith(expected)
        process.terminate()
        assert process.wait(31) == 0
        process.stdout.close()


def test_on_postgresql_it_serves_too(tmp_path: Path, postgres: Postgres) -> None:
    with postgres.database() as url:
        settings = {"KEYREEVE_DATABASE_URL": url, "KEYREEVE_DATA_DIR": str(tmp_path)}
        installation = Installation(tmp_path, settings)
        done = installation.attempt("serve", "--port", "0")
        assert (done.returncode, done.stdout) == (1, "")
        installation.run("db", "upgrade")
        house = furnished(installation)
        with running(house, 2) as server:
            session = requests.Session()
            session.auth = house.digest()
            answers = [session.get(f"{server.api}/groups", timeout=10) for _ in range(10)]
            assert [(a.status_code, len(a.history)) for a in answers] == [(200, 1), *[(200, 0)] * 9]
            installation.run("group", "set", "demo", "--public-api", "off")
            assert session.get(f"{server.api}/groups", timeout=10).status_code == 403
            server.process.terminate()
            assert server.process.wait(31) == 0


def test_many_idle_connections_keep_nobody_out(
    served: tuple[House, Server],
) -> None:
    _, server = served
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(900)]
    try:
        assert psutil.Process(server.process.pid).rlimit(psutil.RLIMIT_NOFILE)[0] > 1024
        assert requests.get(f"{server.url}/livez", timeout=10).status_code == 200
    finally:
        for connection in idle:
            connection.close()


def test_no_file_of_an_installation_is_open_to_others(served: tuple[House, Server]) -> None:
    house, server = served
    requests.get(f"{server.api}/groups", auth=house.digest(), timeout=10)
    time.sleep(0.5)
    for place in server.log.parent.iterdir():
        if place.name != "serve.log":
            assert place.stat().st_mode & 0o077 == 0, place
