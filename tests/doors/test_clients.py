"""The clients people already have, unmodified, against one worker and four, with each algorithm."""

import asyncio
import json
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import aiohttp
import httpx2
import pytest
import requests
from requests.auth import HTTPDigestAuth

from doors.installation import Installation

USER = "ada@example.org"
REQUESTS = 5


@dataclass(frozen=True)
class Credential:
    """What a client is given: where to call, as whom, with which key."""

    url: str
    key: str


def curl(c: Credential) -> list[int]:
    command = ["curl", "-sS", "--digest", "-u", f"{USER}:{c.key}", "-w", "%{http_code}\n"]
    command += ["-o", "/dev/null", c.url] * REQUESTS
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return [int(line) for line in done.stdout.split()]


def with_requests(c: Credential) -> list[int]:
    with requests.Session() as session:
        session.auth = HTTPDigestAuth(USER, c.key)
        return [session.get(c.url, timeout=30).status_code for _ in range(REQUESTS)]


def with_httpx2(c: Credential) -> list[int]:
    with httpx2.Client(auth=httpx2.DigestAuth(USER, c.key), timeout=30) as client:
        return [client.get(c.url).status_code for _ in range(REQUESTS)]


def with_aiohttp(c: Credential) -> list[int]:
    async def call() -> list[int]:
        digest = aiohttp.DigestAuthMiddleware(USER, c.key)
        async with aiohttp.ClientSession(middlewares=(digest,)) as session:
            return [await _status(session, c.url) for _ in range(REQUESTS)]

    return asyncio.run(call())


async def _status(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(url) as answer:
        await answer.read()
        return answer.status


def with_urllib(c: Credential) -> list[int]:
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, c.url, USER, c.key)
    opener = urllib.request.build_opener(urllib.request.HTTPDigestAuthHandler(passwords))
    statuses = []
    for _ in range(REQUESTS):
        with opener.open(c.url, timeout=30) as answer:
            answer.read()
            statuses.append(answer.status)
    return statuses


def wget(c: Credential) -> list[int]:
    command = ["wget", "-q", "-O", "-", f"--user={USER}", f"--password={c.key}", "--tries=1"]
    done = subprocess.run([*command, c.url], check=True, capture_output=True, timeout=60)
    return [200] if "results" in json.loads(done.stdout) else [0]


def bearer(c: Credential) -> list[int]:
    headers = {"Authorization": f"Bearer {c.key}"}
    return [requests.get(c.url, headers=headers, timeout=30).status_code for _ in range(REQUESTS)]


Client = Callable[[Credential], list[int]]
SPEAK_MD5: tuple[Client, ...] = (curl, with_requests, with_httpx2, with_aiohttp, with_urllib, wget)
SPEAK_SHA_256: tuple[Client, ...] = (curl, with_requests, with_httpx2, with_aiohttp)
SPEAK_BOTH: tuple[Client, ...] = (*SPEAK_SHA_256, with_urllib)


@pytest.fixture(scope="module")
def credential(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, str]:
    installation = Installation(tmp_path_factory.mktemp("clients"))
    installation.run("user", "create", USER)
    installation.run("group", "create", "Analytical", "--owner", USER, "--public-api", "on")
    made = installation.run("key", "generate", USER, "--description", "clients")
    return installation, made["key"]


@pytest.fixture(scope="module", params=[1, 4], ids=["1 worker", "4 workers"])
def workers(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module", params=["MD5", "SHA-256", "MD5,SHA-256"])
def offered(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def served(
    credential: tuple[Installation, str], workers: int, offered: str
) -> Iterator[Credential]:
    installation, key = credential
    with installation.serving(workers=workers, KEYREEVE_DIGEST_ALGORITHMS=offered) as server:
        yield Credential(f"{server.api}/groups?pretty=true&itemsPerPage=5", key)


# aiohttp lets go of the 401 before it has read it, and warns of that itself.
@pytest.mark.filterwarnings("ignore:Unclosed connection:ResourceWarning")
def test_every_client_that_speaks_what_is_offered_gets_through(
    served: Credential, offered: str
) -> None:
    clients = {"MD5": SPEAK_MD5, "SHA-256": SPEAK_SHA_256, "MD5,SHA-256": SPEAK_BOTH}[offered]
    for client in (*clients, bearer):
        answers = client(served)
        assert answers, client.__name__
        assert set(answers) == {200}, client.__name__


def test_a_client_with_a_wrong_key_is_refused(served: Credential) -> None:
    wrong = Credential(served.url, "kr_wrong")
    for client in (curl, with_requests, with_httpx2, with_aiohttp, bearer):
        assert set(client(wrong)) == {401}, client.__name__
