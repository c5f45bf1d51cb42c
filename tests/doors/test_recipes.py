"""Every recipe, in the real proxy, before a stand-in for the gate and an API that echoes."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from doors import proxies, stand_ins, upstream
from doors.installation import Installation, free_port
from doors.proxies import PROXIES, RunningProxy
from doors.stand_ins import BODY, CHALLENGES, IDENTITY
from doors.upstream import Seen, Upstream
from enforcement.serving import Raw

CLIENT = "127.0.0.9"
GROUP = "Clusters-Group"
IN_FRONT, STRANGER, NAMED = "127.0.0.2", "127.0.0.3", "198.51.100.7"
AWAY = {500, 502, 503}


@dataclass
class Scene:
    """A proxy, what it asks, and what it guards."""

    proxy: RunningProxy
    gate: Upstream
    api: Upstream

    def call(self, *lines: str, line: str = "GET /a HTTP/1.1", body: bytes = b"") -> Raw:
        """Send one request on a connection of its own; forget all that was before."""
        self.gate.forget()
        self.api.forget()
        received = self.proxy.exchange(request(*lines, line=line, close=True) + body, CLIENT)
        return raw(received)

    @property
    def asked(self) -> Seen:
        """The one question to the gate."""
        (seen,) = self.gate.seen
        return seen

    @property
    def called(self) -> Seen:
        """The one call that reached the API."""
        (seen,) = self.api.seen
        return seen


def request(*lines: str, line: str = "GET /a HTTP/1.1", close: bool = False) -> bytes:
    ending = ["Connection: close"] if close else []
    return "\r\n".join([line, "Host: api.example.org", *lines, *ending, "", ""]).encode("latin-1")


def raw(received: bytes) -> Raw:
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    fields = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
    return Raw(int(status.split()[1]), fields, body)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("recipes"))


@pytest.fixture(scope="module")
def scenes(home: Installation) -> Iterator[dict[str, Scene]]:
    with ExitStack() as stack:
        yield {name: started(stack, home, name) for name in PROXIES}


def started(stack: ExitStack, home: Installation, name: str, *options: str) -> Scene:
    gate = stack.enter_context(upstream.upstream(stand_ins.gate))
    api = stack.enter_context(upstream.upstream())
    running = stack.enter_context(proxies.proxy(name, home, *options, gate=gate, upstream=api))
    return Scene(running, gate, api)


@pytest.fixture(scope="module")
def optional(home: Installation) -> Iterator[dict[str, Scene]]:
    """The same, with websockets and behind another proxy."""
    options = ("--websockets", "--trusted-proxy", IN_FRONT, "--group-header", GROUP)
    with ExitStack() as stack:
        yield {name: started(stack, home, name, *options) for name in PROXIES}


@pytest.fixture(params=PROXIES)
def scene(request: pytest.FixtureRequest, scenes: dict[str, Scene]) -> Scene:
    return scenes[request.param]


class TestTheConfiguration:
    @pytest.mark.parametrize("name", [name for name in PROXIES if name != "traefik"])
    @pytest.mark.parametrize("more", [False, True], ids=["as it is", "every option"])
    def test_the_proxy_itself_finds_nothing_wrong(
        self, home: Installation, name: str, more: bool
    ) -> None:
        folder = home.folder / f"checked-{name}-{more}"
        options = ["--gate", "unix:/run/gate.sock", "--websockets", "--listen", "[::1]:8443"]
        options += ["--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "::1"]
        options += ["--group-header", GROUP]
        url = "https://127.0.0.1" if more else "http://127.0.0.1:9000"
        words = ["recipe", name, "--upstream", url, "--output", str(folder)]
        home.run(*words, *(options if more else []))
        done = proxies.checked(name, folder)
        assert done.returncode == 0, done.stderr
        assert not re.search(r"\[warn|\"warn\"|\]\[warning\]", done.stderr.lower()), done.stderr

    def test_nothing_is_amiss_when_it_starts(self, scene: Scene) -> None:
        scene.call()
        log = scene.proxy.log.read_text()
        assert not re.search(r"ERR|\[emerg|\[warn|\]\[error|\]\[critical", log), log


class TestTheQuestion:
    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def test_it_holds_the_facts_and_each_once(self, scene: Scene, method: str) -> None:
        scene.call(line=f"{method} /a/b?c=d HTTP/1.1")
        said = stand_ins.facts(scene.proxy.name, scene.asked)
        assert said == ([method], ["/a/b?c=d"], [CLIENT])

    def test_what_a_client_says_of_them_is_not_heard(self, scene: Scene) -> None:
        names = ("X-Original-Method", "X-Original-URI", "X-Real-IP", "X-Forwarded-Method")
        names += ("X-Forwarded-Uri", "X-Forwarded-For", "X-Envoy-External-Address", "Forwarded")
        spoofed = [f"{name}: {value}" for name in names for value in ("127.0.0.1", "127.0.0.1")]
        scene.call(*spoofed)
        said = stand_ins.facts(scene.proxy.name, scene.asked)
        assert said == (["GET"], ["/a"], [CLIENT])

    @pytest.mark.parametrize("name", ["X-Real-IP", "X-Forwarded-For", "X-Forwarded-Uri"])
    def test_no_client_has_them_dropped_on_the_way(self, scene: Scene, name: str) -> None:
        answer = scene.call(f"Connection: {name}")
        if answer.status != 400:  # Envoy refuses some of these outright
            said = stand_ins.facts(scene.proxy.name, scene.asked)
            assert said == (["GET"], ["/a"], [CLIENT])

    def test_it_holds_the_credentials_and_no_body(self, scene: Scene) -> None:
        lines = ("Authorization: allow", "Content-Length: 3", "Content-Type: text/plain")
        scene.call(*lines, line="POST /a HTTP/1.1", body=b"abc")
        assert scene.asked.values("authorization") == ["allow"]
        assert scene.asked.body == b""
        assert scene.called.body == b"abc"

    @pytest.mark.parametrize("answer", stand_ins.ANSWERS)
    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
    def test_it_is_asked_once(self, scene: Scene, answer: str, method: str) -> None:
        scene.call(f"Authorization: {answer}", "Content-Length: 0", line=f"{method} /a HTTP/1.1")
        assert len(scene.gate.seen) == 1
        assert len(scene.api.seen) == (answer in {"allow", "token", "nobody"})


class TestTheTarget:
    @pytest.mark.parametrize(
        "target",
        [
            "/",
            "/a/",
            "/a%2Fb/10.0.0.0%2F8",
            "/a;b=c/d",
            "/a%20b%C3%A9%3F%23",
            "/!$&'()*+,=:@-._~",
            "/A/b",
            "/a?",
            "/a??b=%2F../..//&c[]=^{}|%zz",
            "/" + "a" * 4000,
        ],
        ids=lambda target: target[:20],
    )
    def test_it_is_the_same_for_gate_and_api_byte_for_byte(self, scene: Scene, target: str) -> None:
        scene.call(line=f"GET {target} HTTP/1.1")
        assert stand_ins.facts(scene.proxy.name, scene.asked)[1] == [target]
        assert scene.called.target == target

    @pytest.mark.parametrize("target", ["//a", "/a//b", "/a/../b", "/a/./b", "/a/..;/b"])
    def test_nothing_is_repaired_before_the_gate_has_seen_it(
        self, scene: Scene, target: str
    ) -> None:
        scene.call(line=f"GET {target} HTTP/1.1")
        assert stand_ins.facts(scene.proxy.name, scene.asked)[1] == [target]
        assert scene.called.target == target

    @pytest.mark.parametrize("target", ["/a^b", "/a|b", '/a"b'])
    def test_what_needs_an_escape_is_asked_about_without_one(
        self, scene: Scene, target: str
    ) -> None:
        scene.call(line=f"GET {target} HTTP/1.1")
        asked = stand_ins.facts(scene.proxy.name, scene.asked)[1]
        # Traefik escapes it before it asks; then the API, too, gets what was judged.
        assert asked == [scene.called.target if scene.proxy.name == "traefik" else target]

    @pytest.mark.parametrize("target", ["/a?b=1;c=2", "/a%2fb", "/%61"])
    def test_what_is_respelt_is_so_for_both(self, scene: Scene, target: str) -> None:
        scene.call(line=f"GET {target} HTTP/1.1")
        assert stand_ins.facts(scene.proxy.name, scene.asked)[1] == [scene.called.target]
        assert scene.called.target == target or scene.proxy.name == "traefik"

    @pytest.mark.parametrize("name", [name for name in PROXIES if name != "nginx"])
    def test_it_is_the_same_over_http_2(self, scenes: dict[str, Scene], name: str) -> None:
        scene, target = scenes[name], "/a//../b%2Fc?d=^"
        scene.gate.forget()
        scene.api.forget()
        words = ["curl", "-sS", "--http2-prior-knowledge", "--path-as-is", "--interface", CLIENT]
        words += ["-H", "Keyreeve-User: root", "-H", "Keyreeve_User: root", "-d", "abc"]
        subprocess.run([*words, scene.proxy.url + target], check=True, timeout=30)
        assert stand_ins.facts(name, scene.asked) == (["POST"], [target], [CLIENT])
        assert (scene.called.target, scene.called.body) == (target, b"abc")
        assert identity(scene.called) == {k.lower(): [v] for k, v in IDENTITY.items()}


SEPARATORS = "-_.~!+"


class TestTheApi:
    def test_it_hears_who_calls_from_the_gate_alone(self, scene: Scene) -> None:
        spoofed = [
            f"{spelt(name.replace('-', separator))}: root"
            for name in (*IDENTITY, "Keyreeve-Token")
            for separator in SEPARATORS
            for spelt in (str, str.upper, str.lower)
        ]
        scene.call(*spoofed[::2], f"Connection: {', '.join(IDENTITY)}")
        first = identity(scene.called)
        scene.call(*spoofed[1::2])
        assert first == identity(scene.called) == {k.lower(): [v] for k, v in IDENTITY.items()}

    def test_it_hears_the_token_of_the_gate_alone(self, scene: Scene) -> None:
        scene.call("Authorization: token", "Keyreeve-Token: root", "keyreeve-token: root")
        assert identity(scene.called) == {"keyreeve-token": ["e.f.g"]}

    def test_it_hears_of_nobody_where_the_gate_names_nobody(self, scene: Scene) -> None:
        scene.call("Authorization: nobody", *(f"{name}: root" for name in IDENTITY))
        assert not any(map("".join, identity(scene.called).values()))

    def test_it_hears_from_the_proxy_alone_where_the_call_came_from(self, scene: Scene) -> None:
        listed = ("X-Forwarded-For", "X_Forwarded_For", "X.Forwarded.For", "Forwarded", "X-Real-IP")
        listed += (
            "X_Real_IP",
            "X.Real.IP",
            "True-Client-IP",
            "X-Client-IP",
            "X-Original-Forwarded-For",
        )
        scene.call(*(f"{name}: 192.0.2.77" for name in listed), "X-Forwarded-Proto: https")
        assert (
            scene.called.values("x-forwarded-for") == scene.called.values("x-real-ip") == [CLIENT]
        )
        assert scene.called.values("x-forwarded-proto") == ["http"]
        assert b"192.0.2.77" not in str(scene.called.fields).encode()

    def test_it_hears_of_no_other_request_than_the_one_judged(self, scene: Scene) -> None:
        names = ("X-Original-URI", "X-Original-URL", "X-Original-Method", "X-Rewrite-URL")
        names += ("X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Prefix", "X-HTTP-Method")
        names += ("X-HTTP-Method-Override", "X-Method-Override", "X-Envoy-Original-Path")
        scene.call(*(f"{name}: /other" for name in names))
        assert "/other" not in str(scene.called.fields)

    @pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunks"])
    def test_it_gets_the_body_and_all_else(self, scene: Scene, chunked: bool) -> None:
        body = bytes(range(256)) * 4096
        sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
        lines = (framing, "Content-Type: a/b", "X-Mine: 1", "X-Mine: 2", "Cookie: c=d")
        answer = scene.call(*lines, line="PUT /a HTTP/1.1", body=sent)
        assert answer.status == 200
        assert scene.called.body == body
        assert scene.called.values("x-mine") == ["1", "2"]
        assert scene.called.values("cookie") == ["c=d"]
        assert scene.called.values("content-type") == ["a/b"]


def identity(seen: Seen) -> dict[str, list[str]]:
    """Return every field that somebody could take for one of ours, by its name in lower case."""
    names = {n.decode().lower() for n, _ in seen.fields if n.lower().startswith(b"keyreeve")}
    return {name: seen.values(name) for name in names}


class TestTheAnswer:
    def test_a_challenge_arrives_whole(self, scene: Scene) -> None:
        received = scene.proxy.exchange(request("Authorization: challenge", close=True))
        found = re.findall(
            rb"(?i)\r\nwww-authenticate: (.*?)\r\n", received.replace(b"\r\n", b"\r\n\r\n")
        )
        assert [value.decode() for value in found] == CHALLENGES
        assert raw(received).status == 401
        assert raw(received).fields["content-type"] == "application/json"
        assert json.loads(raw(received).body)["reason"] == "Unauthorized"

    def test_a_denial_arrives_whole(self, scene: Scene) -> None:
        answer = scene.call("Authorization: deny")
        assert (answer.status, answer.body) == (403, BODY)
        assert answer.fields["content-type"] == "application/json"
        assert answer.fields["cache-control"] == "no-store"

    def test_a_throttled_client_is_told_when_to_come_again(self, scene: Scene) -> None:
        answer = scene.call("Authorization: throttle")
        assert answer.fields["retry-after"] == "7"
        assert answer.body == BODY
        if scene.proxy.name == "traefik":
            assert (answer.status, answer.fields["keyreeve-status"]) == (403, "429")
        else:
            assert answer.status == 429

    @pytest.mark.parametrize("answer", ["broken", "elsewhere"])
    def test_nothing_but_a_yes_lets_through(self, scene: Scene, answer: str) -> None:
        assert scene.call(f"Authorization: {answer}").status not in {200, 401}
        assert not scene.api.seen


class TestConnections:
    def test_one_serves_many_requests_whatever_is_said(self, scene: Scene) -> None:
        before = scene.gate.connections, scene.api.connections
        with scene.proxy.connected(CLIENT) as connection:
            for answer, status in [("allow", 200), ("challenge", 401), ("deny", 403)] * 5:
                connection.sendall(request(f"Authorization: {answer}"))
                assert received(connection).status == status
            connection.sendall(request("Authorization: allow", line="HEAD /a HTTP/1.1"))
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        # One to each at most: those of other processes of the proxy may not be at hand.
        assert scene.gate.connections - before[0] <= 1
        assert scene.api.connections - before[1] <= 1

    @pytest.mark.parametrize("name", PROXIES)
    def test_without_a_gate_nobody_passes(self, home: Installation, name: str) -> None:
        with (
            upstream.upstream() as api,
            proxies.proxy(name, home, gate=f"127.0.0.1:{free_port()}", upstream=api) as running,
        ):
            answer = raw(running.exchange(request(close=True)))
            assert answer.status in AWAY
            assert not api.seen

    @pytest.mark.parametrize("name", [name for name in PROXIES if name != "traefik"])
    def test_the_gate_may_listen_on_a_socket_file(self, home: Installation, name: str) -> None:
        path = home.folder / f"{name}.sock"
        with upstream.upstream() as api, upstream.upstream(stand_ins.gate, path=path) as gate:
            with proxies.proxy(name, home, gate=gate, upstream=api) as running:
                assert raw(running.exchange(request(close=True))).status == 200
                assert (
                    raw(running.exchange(request("Authorization: deny", close=True))).status == 403
                )
            assert len(api.seen) == 1


UPGRADE = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")  # fmt: skip


class TestOptions:
    @pytest.mark.parametrize("name", PROXIES)
    def test_a_trusted_proxy_says_how_the_client_came(
        self, optional: dict[str, Scene], name: str
    ) -> None:
        scene = optional[name]
        for peer, proto in ((IN_FRONT, "https"), (STRANGER, "http")):
            if (name, proto) != ("envoy", "http"):  # Envoy asks not who says it
                scene.api.forget()
                lines = ("X-Forwarded-For: 192.0.2.1", "X-Real-IP: 192.0.2.1")
                scene.proxy.exchange(request(*lines, "X-Forwarded-Proto: https", close=True), peer)
                assert scene.called.values("x-forwarded-proto") == [proto]

    @pytest.mark.parametrize("name", PROXIES)
    def test_the_gate_sees_the_field_that_names_a_group(
        self, optional: dict[str, Scene], name: str
    ) -> None:
        scene = optional[name]
        aliases = [f"Clusters{sign}Group: other" for sign in "_."]
        scene.call(f"{GROUP}: a", *aliases)
        assert scene.asked.values(GROUP) == scene.called.values(GROUP) == ["a"]
        assert "other" not in str(scene.called.fields)
        scene.call(f"{GROUP}: a", f"Connection: {GROUP}")
        assert scene.asked.values(GROUP) == scene.called.values(GROUP)
        scene.call(f"{GROUP}: a", f"{GROUP}: b")
        assert ",".join(scene.asked.values(GROUP)).replace(" ", "") == "a,b"

    def test_no_upgrade_is_passed_on_unasked(self, scene: Scene) -> None:
        answer = scene.call(*UPGRADE)
        assert answer.status != 101
        assert not any(seen.values("upgrade") for seen in scene.api.seen)

    @pytest.mark.parametrize("name", PROXIES)
    def test_an_upgrade_that_was_allowed_is_passed_on_if_asked(
        self, optional: dict[str, Scene], name: str
    ) -> None:
        scene = optional[name]
        scene.gate.forget()
        with scene.proxy.connected() as connection:
            connection.sendall(request(*UPGRADE, f"Connection: {', '.join(IDENTITY)}"))
            assert connection.recv(65536).startswith(b"HTTP/1.1 101")
            connection.sendall(b"hello\n")
            assert connection.recv(65536) == b"hello\n"
        assert identity(scene.api.seen[-1]) == {k.lower(): [v] for k, v in IDENTITY.items()}
        assert not scene.asked.values("upgrade")

    @pytest.mark.parametrize("lines", [("h2c",), ("h2c", "websocket"), ("websocket, h2c",)])
    @pytest.mark.parametrize("name", PROXIES)
    def test_no_connection_becomes_one_for_further_requests(
        self, optional: dict[str, Scene], name: str, lines: tuple[str, ...]
    ) -> None:
        scene = optional[name]
        upgrades = [f"Upgrade: {line}" for line in lines]
        scene.api.forget()
        with scene.proxy.connected() as connection:
            settings = ("Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABk")
            connection.sendall(request(*settings, *upgrades))
            assert connection.recv(65536)
        passed = [value for seen in scene.api.seen for value in seen.values("upgrade")]
        assert passed in ([], ["websocket"])

    @pytest.mark.parametrize("name", PROXIES)
    def test_an_upgrade_that_was_denied_is_none(
        self, optional: dict[str, Scene], name: str
    ) -> None:
        scene = optional[name]
        scene.api.forget()
        with scene.proxy.connected() as connection:
            connection.sendall(request(*UPGRADE, "Authorization: deny"))
            assert connection.recv(65536).startswith(b"HTTP/1.1 403")
        assert not scene.api.seen

    @pytest.mark.parametrize("name", PROXIES)
    def test_only_a_trusted_proxy_is_believed(self, optional: dict[str, Scene], name: str) -> None:
        scene = optional[name]
        header = "X-Real-IP" if name == "traefik" else "X-Forwarded-For"
        value = NAMED if name == "traefik" else f"203.0.113.1, {NAMED}"
        for peer, seen in ((IN_FRONT, NAMED), (STRANGER, STRANGER)):
            scene.gate.forget()
            scene.proxy.exchange(request(f"{header}: {value}", close=True), peer)
            assert stand_ins.facts(name, scene.asked)[2] == [seen]


def received(connection: socket.socket) -> Raw:
    """Read one answer with a Content-Length, or in one chunk."""
    data = b""
    while True:
        chunk = connection.recv(65536)
        assert chunk, data
        data += chunk
        head, mark, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if mark and (len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n")):
            return raw(data)
