"""The guard in front of an application: over sockets where it matters, by calls where it breaks."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from keyreeve.domain.catalogue import Match
from keyreeve.domain.decision import ALLOW, Challenge, Decision, Deny, Proof, Reason
from keyreeve.domain.operation import Operation
from keyreeve.domain.throttle import Limit
from keyreeve.enforcement import answers, handshakes
from keyreeve.enforcement.guard import Guard
from keyreeve.judge.call import Call
from keyreeve.judge.throttle import Throttled
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol.target import NotCanonical

UNAUTHORIZED = (
    b'{"reason":"Unauthorized","error":401,"detail":"You are not authorized for this resource."}'
)
ID = "0" * 24
RENDERED = (403, [(b"content-type", b"application/json")], b'{"said": "no"}')


def render(*_: object) -> Any:
    return RENDERED


class Bench:
    """A judge whose verdicts are laid out beforehand, or who breaks."""

    def __init__(self, *, hit: Any = None, judge: Any = None, limit: Limit | None = None) -> None:
        self.calls_limit = limit
        self.observing = False
        self.calls: list[Call] = []
        self.glances = 0
        self._hit, self._judge = hit, judge

    def overlooks(self, code: str, verdict: Verdict) -> bool:  # noqa: ARG002
        return self.observing

    def challenges(self, stale: bool) -> tuple[str, ...]:
        return (f'Digest realm="a", stale={str(stale).lower()}', "Digest second")

    def glance(self) -> None:
        self.glances += 1

    def hit(self, call: Call) -> Verdict | None:
        self.calls.append(call)
        assert self.glances == len(self.calls), "a door glances before each call"
        return _said(self._hit)

    def judge(self, call: Call) -> Verdict | None:
        assert call is self.calls[-1]
        return _said(self._judge)


def _said(what: Any) -> Any:
    if isinstance(what, BaseException):
        raise what
    return what


class Behind:
    """What stands behind the guard; it must never run unless allowed."""

    def __init__(self, *headers: tuple[bytes, bytes], status: int = 200) -> None:
        self.scopes: list[Any] = []
        self._start = {"status": status, "headers": list(headers)}

    async def __call__(self, scope: Any, _: object, send: Any) -> None:
        self.scopes.append(scope)
        await send({"type": "http.response.start", **self._start})
        await send({"type": "http.response.body", "body": b"ok"})


class Outcome:
    def __init__(self, sent: list[dict[str, Any]], behind: Behind, bench: Bench) -> None:
        self.status = sent[0]["status"]
        self.fields = sent[0]["headers"]
        self.body = b"".join(message.get("body", b"") for message in sent[1:])
        self.behind, self.bench = behind, bench

    def field(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key == name]


def scope(**changes: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "http_version": "1.1",
        "headers": [(b"host", b"a")],
        "raw_path": b"/a",
        "query_string": b"",
        "client": ("203.0.113.9", 1),
    } | changes


def through(
    bench: Bench,
    behind: Behind | None = None,
    *,
    https: bool = False,
    render: Callable[..., Any] = render,
    without: str = "",
    **changes: Any,
) -> Outcome:
    behind = behind or Behind()
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        raise AssertionError("no body is read here")

    door = Guard(behind, bench, render, https=https, new_id=lambda: ID)  # type: ignore[arg-type]
    asked = scope(**changes)
    asked.pop(without, None)
    asyncio.run(door(asked, receive, send))
    return Outcome(sent, behind, bench)


def said(decision: Decision, **told: Any) -> Verdict:
    return Verdict(decision, **told)


class TestThrottling:
    limit = Limit(burst=10, per_second=2)

    @pytest.mark.parametrize("where", ["hit", "judge"])
    def test_who_has_to_wait_is_told_how_long(self, where: str) -> None:
        outcome = through(Bench(**{where: Throttled(2100)}))
        assert outcome.status == 429
        assert outcome.field(b"retry-after") == [b"3"]
        assert json.loads(outcome.body)["errorCode"] == "RATE_LIMITED"
        assert not outcome.behind.scopes

    @pytest.mark.parametrize("decision", [ALLOW, Deny(Reason.ROLE_MISSING)])
    def test_a_proven_caller_is_told_what_is_left(self, decision: Decision) -> None:
        outcome = through(Bench(hit=said(decision, calls_left=7), limit=self.limit))
        assert outcome.field(b"ratelimit-policy") == [b'"calls";q=10;w=5']
        assert outcome.field(b"ratelimit") == [b'"calls";r=7;t=2']

    def test_nobody_else_is(self) -> None:
        outcome = through(Bench(hit=said(Challenge(Proof.ABSENT)), limit=self.limit))
        assert outcome.status == 401
        assert not outcome.field(b"ratelimit") + outcome.field(b"ratelimit-policy")

    def test_without_a_limit_there_is_nothing_to_tell(self) -> None:
        outcome = through(Bench(hit=said(ALLOW, calls_left=0)))
        assert not outcome.field(b"ratelimit")


class TestAllow:
    def test_the_application_is_called_with_the_verdict(self) -> None:
        verdict = said(ALLOW)
        outcome = through(Bench(hit=verdict))
        assert (outcome.status, outcome.body) == (200, b"ok")
        assert outcome.behind.scopes[0]["keyreeve"] is verdict

    def test_what_is_not_remembered_is_judged_in_a_thread(self) -> None:
        outcome = through(Bench(hit=None, judge=said(ALLOW)))
        assert outcome.status == 200

    def test_bodies_and_trailers_pass_untouched(self) -> None:
        parts: list[Any] = [
            {"type": "http.response.body", "body": b"a", "more_body": True},
            {"type": "http.response.body"},
            {
                "type": "http.response.trailers",
                "headers": [(b"x-sum", b"1")],
                "more_trailers": False,
            },
        ]
        sent: list[Any] = []

        async def behind(_: Any, receive: Any, send: Any) -> None:
            assert receive is receiving
            await send({"type": "http.response.start", "status": 200, "trailers": True})
            for part in parts:
                await send(part)

        async def receiving() -> Any:
            raise AssertionError("no body is read here")

        async def send(message: Any) -> None:
            sent.append(message)

        door = Guard(behind, Bench(hit=said(ALLOW)), render, https=False, new_id=lambda: ID)  # type: ignore[arg-type]
        asyncio.run(door(scope(), receiving, send))
        assert sent[0]["trailers"] is True
        assert all(given is part for given, part in zip(sent[1:], parts, strict=True))

    def test_the_answer_is_marked(self) -> None:
        outcome = through(Bench(hit=said(ALLOW)))
        assert outcome.field(b"x-request-id") == [ID.encode()]
        assert outcome.field(b"cache-control") == [b"no-store"]
        assert outcome.field(b"vary") == [b"Authorization"]

    def test_the_applications_own_word_on_caching_stands_and_its_request_id_does_not(self) -> None:
        behind = Behind((b"cache-control", b"max-age=1"), (b"x-request-id", b"theirs"))
        outcome = through(Bench(hit=said(ALLOW)), behind)
        assert outcome.field(b"cache-control") == [b"max-age=1"]
        assert outcome.field(b"x-request-id") == [ID.encode()]

    def test_a_clients_request_id_is_never_echoed(self) -> None:
        headers = [(b"host", b"a"), (b"x-request-id", b"theirs")]
        outcome = through(Bench(hit=said(ALLOW)), headers=headers)
        assert outcome.field(b"x-request-id") == [ID.encode()]

    @pytest.mark.parametrize("values", [[b"1"], [b"1", b"1"], [b"1, 1"], [b"x"]])
    def test_early_data_calls_no_whitelisted_operation(self, values: list[bytes]) -> None:
        headers = [(b"host", b"a"), *((b"early-data", value) for value in values)]
        for whitelisted, status in ((True, 425), (False, 200)):
            match = Match(Operation("x", "GET", "/a", whitelisted=whitelisted), {})
            outcome = through(Bench(hit=said(ALLOW, match=match)), headers=headers)
            assert outcome.status == status
            assert bool(outcome.behind.scopes) is not whitelisted


class TestChallenge:
    @pytest.mark.parametrize("proof", [proof for proof in Proof if not proof.holds])
    def test_every_failed_proof_gets_the_same_bytes(self, proof: Proof) -> None:
        outcome = through(Bench(hit=said(Challenge(proof))))
        assert (outcome.status, outcome.body) == (401, UNAUTHORIZED)
        assert outcome.field(b"content-type") == [b"application/json"]
        stale = b"true" if proof is Proof.NONCE_STALE else b"false"
        assert outcome.field(b"www-authenticate") == [
            b'Digest realm="a", stale=' + stale,
            b"Digest second",
        ]
        assert not outcome.behind.scopes

    def test_to_head_it_has_no_body_but_its_length(self) -> None:
        outcome = through(Bench(hit=said(Challenge(Proof.ABSENT))), method="HEAD")
        assert (outcome.status, outcome.body) == (401, b"")
        assert outcome.field(b"content-length") == [str(len(UNAUTHORIZED)).encode()]


class TestDeny:
    def test_it_is_rendered_without_a_challenge(self) -> None:
        outcome = through(Bench(hit=said(Deny(Reason.ROLE_MISSING))))
        assert (outcome.status, outcome.body) == (403, b'{"said": "no"}')
        assert not outcome.field(b"www-authenticate")
        assert outcome.field(b"cache-control") == [b"no-store"]
        assert not outcome.behind.scopes


BREAKS = [
    RuntimeError("boom"),
    OSError(),
    KeyError("x"),
    MemoryError(),
    RecursionError(),
    TimeoutError(),
]


class TestWhateverBreaks:
    """Fail closed: an exception is a denial, and the application never runs."""

    @pytest.mark.parametrize("error", BREAKS, ids=repr)
    @pytest.mark.parametrize("where", ["hit", "judge", "render"])
    def test_is_a_denial_and_logged(
        self, error: Exception, where: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        denied = said(Deny(Reason.ROLE_MISSING))
        bench = {
            "hit": Bench(hit=error),
            "judge": Bench(judge=error),
            "render": Bench(hit=denied),
        }[where]
        with caplog.at_level(logging.ERROR, "keyreeve.guard"):
            outcome = through(bench, render=lambda *_: _said(error))
        self._assert_denied(outcome)
        assert len(caplog.records) == 1

    @pytest.mark.parametrize("nonsense", ["allow", 1, object()])
    def test_so_is_a_judge_that_says_nothing_sensible(self, nonsense: object) -> None:
        for bench in (Bench(hit=nonsense), Bench(judge=nonsense), Bench(hit=None, judge=None)):
            self._assert_denied(through(bench))
        self._assert_denied(through(Bench(hit=said(nonsense))))  # type: ignore[arg-type]

    @pytest.mark.parametrize("missing", ["headers", "raw_path", "query_string"])
    def test_so_is_a_server_that_leaves_something_out(self, missing: str) -> None:
        self._assert_denied(through(Bench(hit=said(ALLOW)), without=missing))

    def _assert_denied(self, outcome: Outcome) -> None:
        assert outcome.status == 500
        assert json.loads(outcome.body)["errorCode"] == "UNEXPECTED_ERROR"
        assert not outcome.field(b"www-authenticate")
        assert not outcome.behind.scopes

    def test_what_the_application_breaks_is_its_own(self) -> None:
        class Broken(Behind):
            async def __call__(self, *_: object) -> None:
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            through(Bench(hit=said(ALLOW)), Broken())


MALFORMED = {
    "two Authorization": (
        [(b"host", b"a"), (b"authorization", b"x"), (b"authorization", b"x")], {},
    ),
    "an empty Authorization beside another": (
        [(b"host", b"a"), (b"authorization", b""), (b"authorization", b"x")], {},
    ),
    "no Host": ([], {}),
    "two Hosts": ([(b"host", b"a"), (b"host", b"a")], {}),
    "two Hosts in HTTP/1.0": ([(b"host", b"a"), (b"host", b"b")], {"http_version": "1.0"}),
    "a path in Host": ([(b"host", b"h/pub?x=")], {}),
    "a user in Host": ([(b"host", b"a@b")], {}),
    "a space in Host": ([(b"host", b"a b")], {}),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_what_could_be_read_in_two_ways_is_400_and_nobody_is_asked(name: str) -> None:
    headers, changes = MALFORMED[name]
    outcome = through(Bench(hit=said(ALLOW)), headers=headers, **changes)
    assert outcome.status == 400
    assert json.loads(outcome.body)["error"] == 400
    assert not outcome.behind.scopes
    assert not outcome.bench.calls


@pytest.mark.parametrize("bench", [Bench(hit=NotCanonical("x")), Bench(judge=NotCanonical("x"))])
def test_a_target_that_is_not_canonical_is_400(bench: Bench) -> None:
    outcome = through(bench)
    assert (outcome.status, outcome.behind.scopes) == (400, [])
    assert json.loads(outcome.body)["errorCode"] == "TARGET_NOT_CANONICAL"


class TestHandshakes:
    """Judged as the GET of their path; passed on only where the operation is declared."""

    def shaken(
        self, bench: Bench, *, closed: bool = False, without: str = "", **changes: Any
    ) -> tuple[list[dict[str, Any]], Behind]:
        behind = Behind()
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        asked = (
            scope(type="websocket", extensions={} if closed else {handshakes.EXTENSION: {}})
            | changes
        )
        del asked["method"]
        asked.pop(without, None)
        door = Guard(behind, bench, render, https=False, new_id=lambda: ID)  # type: ignore[arg-type]
        asyncio.run(door(asked, None, send))  # type: ignore[arg-type]
        return sent, behind

    def allowed(self, *, websocket: bool) -> Verdict:
        return said(ALLOW, match=Match(Operation("x", "GET", "/a", websocket=websocket), {}))

    def test_a_declared_one_is_the_applications_with_the_verdict(self) -> None:
        verdict = self.allowed(websocket=True)
        bench = Bench(hit=verdict)
        _, behind = self.shaken(bench)
        assert behind.scopes[0]["keyreeve"] is verdict
        assert (bench.calls[0].method, bench.calls[0].target) == ("GET", "/a")

    @pytest.mark.parametrize("closed", [True, False])
    def test_one_that_is_not_declared_is_denied(self, closed: bool) -> None:
        sent, behind = self.shaken(Bench(hit=self.allowed(websocket=False)), closed=closed)
        assert not behind.scopes
        if closed:
            assert sent == [{"type": "websocket.close", "code": 1008}]
        else:
            assert sent[0]["status"] == 403
            assert json.loads(sent[1]["body"])["errorCode"] == "WEBSOCKET_NOT_DECLARED"

    def test_while_the_api_is_observed_it_is_not(self) -> None:
        bench = Bench(hit=self.allowed(websocket=False))
        bench.observing = True
        assert self.shaken(bench)[1].scopes

    @pytest.mark.parametrize(
        ("bench", "status"),
        [
            (Bench(hit=said(Challenge(Proof.ABSENT))), 401),
            (Bench(hit=said(Deny(Reason.ROLE_MISSING))), 403),
            (Bench(hit=NotCanonical("x")), 400),
            (Bench(hit=Throttled(1000)), 429),
            (Bench(hit=RuntimeError("boom")), 500),
        ],
    )
    def test_a_refusal_is_the_answer_that_a_request_would_get(
        self, bench: Bench, status: int
    ) -> None:
        sent, behind = self.shaken(bench)
        assert sent[0]["type"] == "websocket.http.response.start"
        assert sent[0]["status"] == status
        assert (b"x-request-id", ID.encode()) in sent[0]["headers"]
        assert not behind.scopes

    @pytest.mark.parametrize("missing", ["headers", "raw_path", "query_string"])
    def test_a_server_that_leaves_something_out_is_denied(self, missing: str) -> None:
        sent, behind = self.shaken(Bench(hit=self.allowed(websocket=True)), without=missing)
        assert (sent[0]["status"], behind.scopes) == (500, [])


def test_what_a_foreign_server_let_through_is_looked_at_first() -> None:
    def refuse(_: Any) -> None:
        raise NotCanonical("x")

    bench, behind, sent = Bench(hit=said(ALLOW)), Behind(), list[Any]()

    async def send(message: Any) -> None:
        sent.append(message)

    door = Guard(behind, bench, render, https=False, new_id=lambda: ID, check=refuse)  # type: ignore[arg-type]
    asyncio.run(door(scope(), None, send))  # type: ignore[arg-type]
    assert (sent[0]["status"], bench.calls, behind.scopes) == (400, [], [])


def test_a_kind_of_scope_nobody_knows_reaches_nobody() -> None:
    behind = Behind()
    door = Guard(behind, Bench(hit=said(ALLOW)), render, https=False, new_id=lambda: ID)  # type: ignore[arg-type]
    asyncio.run(door(scope(type="webtransport"), None, None))  # type: ignore[arg-type]
    assert not behind.scopes


def test_the_lifespan_is_the_applications() -> None:
    called: list[str] = []

    async def behind(scope: Any, *_: object) -> None:
        called.append(scope["type"])

    door = Guard(behind, Bench(), render, https=False, new_id=lambda: ID)  # type: ignore[arg-type]
    asyncio.run(door({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert called == ["lifespan"]


def test_the_bodies_of_the_doors_problems_are_whole_documents() -> None:
    for code, (status, detail) in answers.PROBLEMS.items():
        document = json.loads(answers.problem(code).body)
        assert document.pop("reason")
        assert document == {
            "detail": detail, "error": status, "errorCode": code, "parameters": [],
        }  # fmt: skip
