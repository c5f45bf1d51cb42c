"""No door lets a call through that was sent when the database was gone, also under load."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pytest
import requests

from doors import gates, guarded_apis
from doors.gates import RunningGate
from doors.installation import Installation
from doors.losing import Guarded, copied, furnished, until
from enforcement.gating import question
from enforcement.serving import answer, connected

ROUNDS = 10
CALLERS = 6


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Guarded:
    return furnished(Installation(tmp_path_factory.mktemp("template")))


def test_not_one_call_is_let_through_that_was_sent_afterwards(
    template: Guarded, tmp_path: Path
) -> None:
    """Callers who never pause, on connections that are kept, while the file goes and comes back."""
    guarded = copied(template, tmp_path / "i")
    path, away = guarded.installation.folder / "keyreeve.db", guarded.installation.folder / "away"
    gone = [0]
    with gates.gate(guarded.installation) as gate, Crowd(gate, guarded.ada, gone) as crowd:
        for number in range(1, ROUNDS + 1):
            until(gate, guarded.ada, 200)
            time.sleep(0.05)
            path.rename(away)
            gone[0] = number
            time.sleep(0.05)
            gone[0] = 0
            away.rename(path)
    assert crowd.said["there", 200] > 500
    assert crowd.said["gone", 403] > 100
    assert crowd.said["gone", 200] == 0


def test_inside_an_application_the_next_call_is_denied_as_well(
    template: Guarded, tmp_path: Path
) -> None:
    guarded = copied(template, tmp_path / "i")
    with guarded_apis.uvicorn(guarded.installation) as port:
        denied_while_gone(guarded, f"http://127.0.0.1:{port}/a")


def test_our_own_api_answers_no_call_either(template: Guarded, tmp_path: Path) -> None:
    guarded = copied(template, tmp_path / "i")
    with guarded.installation.serving() as server:
        denied_while_gone(guarded, server.api)


def denied_while_gone(guarded: Guarded, url: str) -> None:
    """Call with a key that is remembered while the file is there, gone, and back."""
    path, away = guarded.installation.folder / "keyreeve.db", guarded.installation.folder / "away"
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {guarded.ada}"

        def called() -> int:
            return session.get(url, timeout=20).status_code

        for _ in range(3):
            assert [called() for _ in range(3)] == [200] * 3
            path.rename(away)
            assert [called() for _ in range(3)] == [500] * 3
            away.rename(path)
            deadline = time.monotonic() + 10
            while called() != 200:
                assert time.monotonic() < deadline


class Crowd:
    """Callers with one key, who note what they were answered while the database was gone or not.

    `gone` is the number of the time that it is gone, or 0.
    """

    def __init__(self, gate: RunningGate, key: str, gone: list[int]) -> None:
        self.said: Counter[tuple[str, int]] = Counter()
        self._port, self._gone = gate.port, gone
        self._sent = question(f"Authorization: Bearer {key}", X_Real_IP="127.0.0.1", close=False)
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(CALLERS)

    def __enter__(self) -> Self:
        self._calling = [self._pool.submit(self._call) for _ in range(CALLERS)]
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for calling in self._calling:
            self.said += calling.result(30)
        self._pool.shutdown()

    def _call(self) -> Counter[tuple[str, int]]:
        said: Counter[tuple[str, int]] = Counter()
        with connected(self._port) as connection:
            while not self._ended.wait(0.001):
                before = self._gone[0]
                connection.sendall(self._sent)
                found = answer(connection).status
                if before == self._gone[0]:
                    said["gone" if before else "there", found] += 1
        return said
