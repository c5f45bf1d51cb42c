"""Kill -9 of a serving process while clients write: what they were told stays true."""

import itertools
import random
import threading

import requests
from requests.exceptions import ChunkedEncodingError

from doors.installation import BASE, Installation, Server

OWNER = "ada@example.org"
CYCLES = 4


def test_what_a_client_was_told_outlives_kill_9(installation: Installation) -> None:
    run = installation.run
    user_id = run("user", "create", OWNER)["id"]
    run("group", "create", "Analytical", "--owner", OWNER, "--public-api", "on")
    run("whitelist", "add", OWNER, "127.0.0.1")
    key = run("key", "generate", OWNER, "--description", "test")["key"]
    bearer, path = {"Authorization": f"Bearer {key}"}, f"{BASE}/users/{user_id}/whitelist"
    numbers, chance = itertools.count(1), random.Random(7)
    told, asked = {"127.0.0.1/32"}, {"127.0.0.1/32"}
    for _ in range(CYCLES):
        server = installation.start(workers=2)
        threading.Timer(chance.uniform(0.05, 0.5), server.process.kill).start()
        _write_until_killed(server, path, bearer, numbers, told=told, asked=asked)
        server.process.wait(10)
        kept = {entry["cidrBlock"] for entry in run("whitelist", "list", OWNER)["results"]}
        assert told <= kept <= asked
    events = run("audit", "verify")["events"]
    assert len(told) > CYCLES
    # Two for user and group, one for the key, and one for each entry: none without its event.
    assert events == 3 + len(kept)
    assert run("db", "check") == {"sound": True}


def _write_until_killed(
    server: Server,
    path: str,
    headers: dict[str, str],
    numbers: "itertools.count[int]",
    *,
    told: set[str],
    asked: set[str],
) -> None:
    with requests.Session() as session:
        for number in numbers:
            entry = f"10.0.{number // 250}.{number % 250}"
            asked.add(f"{entry}/32")
            body = [{"ipAddress": entry}]
            try:
                answer = session.post(server.url + path, json=body, headers=headers, timeout=10)
            except (requests.ConnectionError, ChunkedEncodingError):
                return
            if answer.status_code == 201:
                told.add(f"{entry}/32")
            else:
                assert answer.json()["errorCode"] == "WHITELIST_LIMIT_REACHED"
