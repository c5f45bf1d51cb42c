"""The throttle in front of a real server, with the limits it has unless told otherwise."""

import http.client
import time
from collections.abc import Iterator

import pytest
import requests
from requests.auth import HTTPDigestAuth

from doors.installation import BASE, Installation, Server

USER = "ada@example.org"
BURST, PER_SECOND = 300, 5


@pytest.fixture
def key(installation: Installation) -> str:
    installation.settings = {
        "KEYREEVE_FAILED_PROOFS_BURST": "300",
        "KEYREEVE_CALLS_BURST": "1000",
    }
    installation.run("user", "create", USER)
    installation.run("group", "create", "Engines", "--owner", USER, "--public-api", "on")
    made = installation.run("key", "generate", USER, "--description", "throttle")
    return str(made["key"])


@pytest.fixture
def server(installation: Installation, key: str) -> Iterator[Server]:  # noqa: ARG001  it sets up
    with installation.serving() as served:
        yield served


def statuses(server: Server, fields: dict[str, str], times: int) -> list[int]:
    """Send one request again and again over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    found = []
    for _ in range(times):
        connection.request("GET", f"{BASE}/groups", headers=fields)
        answer = connection.getresponse()
        answer.read()
        found.append(answer.status)
    connection.close()
    return found


def test_guessing_ends_in_429_and_nobody_is_locked_out_for_long(server: Server, key: str) -> None:
    begun = time.monotonic()
    guessed = statuses(server, {"Authorization": "Bearer kr_wrong"}, 500)
    allowed = BURST + PER_SECOND * (time.monotonic() - begun) + 1
    assert BURST <= guessed.count(401) <= allowed
    assert guessed.count(401) + guessed.count(429) == 500
    refused = requests.get(
        f"{server.api}/groups", headers={"Authorization": f"Bearer {key}"}, timeout=30
    )
    if refused.status_code == 429:
        assert refused.headers["Retry-After"] == "1"
        assert refused.json()["errorCode"] == "RATE_LIMITED"
        assert "WWW-Authenticate" not in refused.headers
    time.sleep(1)
    assert statuses(server, {"Authorization": f"Bearer {key}"}, 1) == [200]


def test_asking_for_challenges_is_never_throttled(server: Server) -> None:
    assert set(statuses(server, {}, 1500)) == {401}


def test_a_key_is_told_how_often_it_may_call(server: Server, key: str) -> None:
    first = requests.get(f"{server.api}/groups", auth=HTTPDigestAuth(USER, key), timeout=30)
    assert first.headers["RateLimit-Policy"] == '"calls";q=1000;w=5'
    assert first.headers["RateLimit"] == '"calls";r=999;t=1'
    (asked,) = first.history
    assert "RateLimit" not in asked.headers


def test_a_key_that_calls_too_often_has_to_wait(installation: Installation, key: str) -> None:
    slow = {"KEYREEVE_CALLS_BURST": "20", "KEYREEVE_CALLS_PER_SECOND": "1"}
    with installation.serving(**slow) as server:
        begun = time.monotonic()
        called = statuses(server, {"Authorization": f"Bearer {key}"}, 100)
        allowed = 20 + (time.monotonic() - begun) + 1
    assert 20 <= called.count(200) <= allowed
    assert called.count(200) + called.count(429) == 100
