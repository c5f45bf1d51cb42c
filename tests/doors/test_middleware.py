"""An application that guards itself, on uvicorn, as clients of every kind find it."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.auth import HTTPDigestAuth
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from doors import guarded_apis, wire
from doors.installation import Installation
from postgres import Postgres

WHO = "ada@example.org"
LISTED = "203.0.113.9"
DANGER = {"x-keyreeve-whitelisted": True}
CATALOGUE = {
    "openapi": "3.1.0",
    "paths": {
        "/echo": {"post": {"x-keyreeve-roles": ["*"]}},
        "/events": {"get": {}},
        "/whoami": {"get": {}, "delete": DANGER},
        "/talk": {"get": {"x-keyreeve-websocket": True}},
        "/quiet": {"get": {}},
    },
}


@dataclass
class Api:
    """An installation, and the guarded API beside it."""

    installation: Installation
    user: str
    key: dict[str, Any]
    port: int = 0

    @classmethod
    def founded(cls, installation: Installation) -> "Api":
        run = installation.run
        document = installation.folder / "api.json"
        document.write_text(json.dumps(CATALOGUE))
        run("catalogue", "import", str(document))
        user = run("user", "create", WHO)["id"]
        run("group", "create", "Engines", "--owner", WHO, "--public-api", "on")
        return cls(installation, user, run("key", "generate", WHO, "--description", "k"))

    @property
    def bearer(self) -> str:
        return f"Authorization: Bearer {self.key['key']}"

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def curl(
        self, path: str, *options: str, key: str | None = None, timeout: int = 30
    ) -> tuple[int, bytes]:
        secret = self.key["key"] if key is None else key
        done = subprocess.run(
            ["curl", "-sS", "--digest", "-u", f"{WHO}:{secret}", "-w", "\n%{http_code}", *options,
             self.url(path)],
            check=True, capture_output=True, timeout=timeout,
        )  # fmt: skip
        body, _, status = done.stdout.rpartition(b"\n")
        return int(status), body

    def asked(self, path: str, method: str = "GET", *fields: str) -> Any:
        """Ask with a bearer key; return the document of the answer."""
        given = dict(field.split(": ", 1) for field in (self.bearer, *fields))
        answer = requests.request(method, self.url(path), headers=given, timeout=20)
        return {**answer.json(), "status": answer.status_code}

    def signed(self, path: str, nonce: tuple[str, str], nc: int, method: str = "GET") -> str:
        """Return an Authorization for one use of a nonce."""
        said = {
            "username": WHO, "realm": nonce[0], "nonce": nonce[1], "uri": path, "qop": "auth",
            "nc": f"{nc:08x}", "cnonce": wire.CNONCE, "algorithm": "MD5",
        }  # fmt: skip
        return wire.written(
            said | {"response": wire.respond(said, self.key["key"], f"{method}:{path}")}
        )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Api:
    return Api.founded(Installation(tmp_path_factory.mktemp("guarded")))


@pytest.fixture(scope="module")
def api(house: Api) -> Iterator[Api]:
    """As uvicorn comes: it believes every header of this host, and the strict protocol is off."""
    with guarded_apis.uvicorn(house.installation) as port:
        yield Api(house.installation, house.user, house.key, port)


class TestClients:
    def test_curl_with_a_query_and_to_head(self, api: Api) -> None:
        status, body = api.curl("/whoami?a=b&c=%2F")
        told = json.loads(body)
        assert (status, told["query"]) == (200, "a=b&c=%2F")
        assert (told["user"], told["key"], told["address"]) == (WHO, api.key["id"], "127.0.0.1")
        assert api.curl("/whoami", "-I")[0] == 200

    def test_a_wrong_key_ends_in_401(self, api: Api) -> None:
        assert api.curl("/whoami", key="kr_wrong")[0] == 401

    def test_requests_keeps_its_connection_and_its_nonce(self, api: Api) -> None:
        with requests.Session() as session:
            session.auth = HTTPDigestAuth(WHO, api.key["key"])
            answers = [session.get(api.url("/whoami"), timeout=20) for _ in range(4)]
            posted = session.post(api.url("/echo"), data=b"x" * 100_000, timeout=20)
        assert [answer.status_code for answer in answers] == [200] * 4
        assert [len(answer.history) for answer in answers] == [1, 0, 0, 0]
        assert posted.content == b"x" * 100_000

    def test_a_bearer_key(self, api: Api) -> None:
        assert api.asked("/whoami")["user"] == WHO

    def test_what_is_unknown_or_called_otherwise(self, api: Api) -> None:
        assert api.asked("/nothing")["errorCode"] == "RESOURCE_NOT_FOUND"
        answer = requests.put(
            api.url("/whoami"), headers=dict([api.bearer.split(": ", 1)]), timeout=20
        )
        assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, HEAD")


class TestBodies:
    def test_one_of_some_megabytes_comes_back_whole(self, api: Api, tmp_path: Path) -> None:
        big = tmp_path / "big"
        big.write_bytes(bytes(range(256)) * 12_000)
        for framing in ("Expect:", "Transfer-Encoding: chunked"):
            status, body = api.curl("/echo", "--data-binary", f"@{big}", "-H", framing)
            assert (status, body) == (200, big.read_bytes())

    def test_each_part_is_handed_on_before_the_next_is_there(self, api: Api) -> None:
        head = f"POST /echo HTTP/1.1\r\nHost: a\r\n{api.bearer}\r\nTransfer-Encoding: chunked\r\n"
        with socket.create_connection(("127.0.0.1", api.port), timeout=20) as connection:
            connection.sendall(head.encode() + b"\r\n")
            for part in (b"first", b"second"):
                connection.sendall(b"%x\r\n%b\r\n" % (len(part), part))
                received = b""
                while part not in received:
                    received += connection.recv(65536)
            connection.sendall(b"0\r\n\r\n")

    def test_events_come_as_they_are_sent(self, api: Api) -> None:
        fields = dict([api.bearer.split(": ", 1)])
        with requests.get(api.url("/events"), headers=fields, stream=True, timeout=20) as answer:
            parts = [part for part in answer.iter_content(None) if part]
        assert parts == [b"data: %d\n\n" % number for number in range(3)]

    def test_that_of_who_has_not_proven_himself_is_not_waited_for(self, api: Api) -> None:
        head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
        with socket.create_connection(("127.0.0.1", api.port), timeout=20) as connection:
            connection.sendall(head)
            assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")


class TestWebsockets:
    def handshake(self, api: Api, path: str, authorization: str | None) -> Any:
        fields = {} if authorization is None else {"Authorization": authorization}
        return connect(f"ws://127.0.0.1:{api.port}{path}", additional_headers=fields, proxy=None)

    def test_a_declared_one_is_accepted_with_its_verdict(self, api: Api) -> None:
        with self.handshake(api, "/talk", api.bearer.partition(" ")[2]) as talk:
            talk.send("hello")
            told = json.loads(talk.recv(timeout=10))
        assert (told["user"], told["said"]) == (WHO, "hello")

    def test_a_refused_one_is_challenged_and_the_digest_signs_its_target(self, api: Api) -> None:
        with pytest.raises(InvalidStatus) as refused, self.handshake(api, "/talk?a=b", None):
            pass
        assert refused.value.response.status_code == 401
        nonce = wire.challenge(api.port, "/talk?a=b")
        with self.handshake(api, "/talk?a=b", api.signed("/talk?a=b", nonce, 1)) as talk:
            talk.send("hello")
            assert json.loads(talk.recv(timeout=10))["query"] == "a=b"
        with (
            pytest.raises(InvalidStatus) as other,
            self.handshake(api, "/talk?a=c", api.signed("/talk?a=b", nonce, 2)),
        ):
            pass
        assert other.value.response.status_code == 401

    def test_one_that_is_not_declared_is_denied(self, api: Api) -> None:
        with (
            pytest.raises(InvalidStatus) as refused,
            self.handshake(api, "/quiet", api.bearer.partition(" ")[2]),
        ):
            pass
        assert refused.value.response.status_code == 403
        assert json.loads(refused.value.response.body)["errorCode"] == "WEBSOCKET_NOT_DECLARED"


class TestAddress:
    def test_the_whitelist_goes_by_the_connection_and_by_no_header(self, api: Api) -> None:
        run = api.installation.run
        denied = api.asked("/whoami", "DELETE")
        assert (denied["status"], denied["address"]) == (403, "127.0.0.1")
        assert denied["errorCode"] == "RESOURCE_REQUIRES_WHITELIST"
        run("whitelist", "add", WHO, LISTED)
        # In the last one stands the byte A0, which uvicorn takes for a space.
        for spoof in (LISTED, f"{LISTED}:4711", f"{LISTED}, 127.0.0.1", f"::1,\xa0{LISTED}:4711"):
            field = os.fsdecode(f"X-Forwarded-For: {spoof}".encode("latin-1"))
            status, body = api.curl("/whoami", "-X", "DELETE", "-H", field)
            assert (status, json.loads(body)["address"]) == (403, "unknown")
            # A bearer key is for callers of whom it is known that nobody listens.
            assert api.asked("/whoami", "GET", f"X-Forwarded-For: {spoof}")["status"] == 401
        run("whitelist", "add", WHO, "127.0.0.1")
        assert api.asked("/whoami", "DELETE")["status"] == 200
        run("whitelist", "remove", WHO, "127.0.0.1")
        run("whitelist", "remove", WHO, LISTED)

    def test_a_trusted_proxy_is_believed_about_whom_it_speaks_for(self, house: Api) -> None:
        settings = {
            "KEYREEVE_TRUSTED_PROXIES": "127.0.0.1",
            "KEYREEVE_CLIENT_ADDRESS_HEADER": "x-forwarded-for",
            "KEYREEVE_PUBLIC_URL": "https://api.example.org",
        }
        run = house.installation.run
        run("whitelist", "add", WHO, LISTED)
        with guarded_apis.uvicorn(house.installation, "--no-proxy-headers", **settings) as port:
            api = Api(house.installation, house.user, house.key, port)
            found = {
                forwarded: api.asked("/whoami", "DELETE", f"X-Forwarded-For: {forwarded}")["status"]
                for forwarded in (LISTED, f"{LISTED}, 198.51.100.1", f"198.51.100.1, {LISTED}")
            }
        run("whitelist", "remove", WHO, LISTED)
        assert list(found.values()) == [200, 403, 200]


def test_the_strict_protocol_refuses_what_asgi_cannot_show(house: Api) -> None:
    authorization = f"{house.bearer}\r\nConnection: close\r\n\r\n"
    with guarded_apis.uvicorn(house.installation, "--http", "keyreeve:StrictHttp") as port:
        for target, status in (("/whoami", 200), ("/whoami#x", 400), ("http://a/whoami", 400)):
            asked = f"GET {target} HTTP/1.1\r\nHost: a\r\n{authorization}".encode()
            assert wire.exchange(port, asked).startswith(b"HTTP/1.1 %d " % status)


def test_all_workers_share_one_ledger(house: Api) -> None:
    """A nonce of one is good at the other, and used up there too."""
    with guarded_apis.uvicorn(house.installation, "--workers", "2") as port:
        api = Api(house.installation, house.user, house.key, port)
        nonce = wire.challenge(port, "/whoami")

        def use(nc: int) -> int:
            fields = f"Authorization: {api.signed('/whoami', nonce, nc)}\r\nConnection: close"
            asked = f"GET /whoami HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n"
            return int(wire.exchange(port, asked.encode()).split(b" ", 2)[1])

        assert {use(nc) for nc in range(1, 25)} == {200}
        assert {use(nc) for nc in range(1, 25)} == {401}
        log = (house.installation.folder / "uvicorn.log").read_text()
    assert log.count("Started server process") >= 2


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_key_disabled_over_serve_is_refused_at_the_next_request(
    kind: str, tmp_path: Path, postgres: Postgres
) -> None:
    with postgres.database() as url:
        settings = {} if kind == "sqlite" else {"KEYREEVE_DATABASE_URL": url}
        installation = Installation(tmp_path, settings)
        if settings:
            installation.attempt("db", "upgrade")
        api = Api.founded(installation)
        other = installation.run("key", "generate", WHO, "--description", "other")
        path = f"/users/{api.user}/apiKeys/{api.key['id']}"
        with installation.serving() as server, guarded_apis.uvicorn(installation) as api.port:
            for enabled, status in ((False, 401), (True, 200), (False, 401)):
                answer = requests.patch(
                    server.api + path,
                    json={"enabled": enabled},
                    headers={"Authorization": f"Bearer {other['key']}"},
                    timeout=20,
                )
                assert answer.status_code == 200, answer.text
                assert api.asked("/whoami")["status"] == status
