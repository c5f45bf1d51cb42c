"""The gate believes what its preset names, and says 200, 401 or 403."""

import json
import logging
import socket
import threading
from typing import Any

import pytest

from enforcement.gating import DECISION, FACTS, Bench, Gating, gating, question, said
from enforcement.serving import answers, connected
from keyreeve.domain.catalogue import Match
from keyreeve.domain.decision import Challenge, Deny, Proof, Reason
from keyreeve.domain.operation import Operation
from keyreeve.judge.throttle import Throttled
from keyreeve.protocol import address
from keyreeve.protocol.forwarded import Rule
from keyreeve.protocol.target import NotCanonical

PRESETS = list(FACTS)
STRANGERS = (address.parse_network("10.0.0.0/8"),)


def code(raw: Any) -> str:
    assert raw.fields["keyreeve-denial"] == raw.body.decode().lower()
    return str(raw.document["errorCode"])


class TestFacts:
    @pytest.mark.parametrize("preset", PRESETS)
    def test_the_judge_is_asked_about_what_the_proxy_says(self, preset: str) -> None:
        bench = Bench(hit=said())
        with gating(bench, preset) as gate:
            line = "DELETE /a/b%2Fc?d HTTP/1.1"
            facts = {} if preset == "envoy" else _facts(preset, "DELETE", "/a/b%2Fc?d")
            assert (
                gate.ask("Authorization: Digest x", preset=preset, line=line, **facts).status == 200
            )
        (call,) = bench.calls
        assert (call.method, call.target) == ("DELETE", "/a/b%2Fc?d")
        assert (call.authorization, str(call.address)) == (b"Digest x", "192.0.2.9")
        assert not call.private

    @pytest.mark.parametrize("preset", PRESETS)
    def test_every_fact_is_needed_exactly_once(self, preset: str) -> None:
        bench = Bench(hit=said())
        with gating(bench, preset) as gate:
            for name, value in FACTS[preset].items():
                missing = gate.ask(preset=preset, without=name)
                assert (missing.status, code(missing)) == (403, "FACT_MISSING")
                empty = gate.ask(f"{name}:", preset=preset, without=name)
                assert (empty.status, code(empty)) == (403, "FACT_MISSING")
                twice = gate.ask(f"{name.lower()}: {value}", preset=preset)
                assert (twice.status, code(twice)) == (403, "FACT_REPEATED")
        assert not bench.calls

    @pytest.mark.parametrize("preset", PRESETS)
    def test_no_other_field_is_a_fact(self, preset: str) -> None:
        """A proxy of another make, an alias or the line of the question itself say nothing."""
        others = {
            f"{name.replace('-', mark)}: {value}"
            for facts in FACTS.values()
            for name, value in (facts | {"X-HTTP-Method-Override": "POST"}).items()
            for mark in "-_."
            if name not in FACTS[preset] or mark != "-"
        }
        bench = Bench(hit=said())
        with gating(bench, preset) as gate:
            assert gate.ask(*sorted(others), preset=preset, line="GET /a HTTP/1.1").status == 200
            assert (
                gate.ask(*sorted(others), preset=preset, without=list(FACTS[preset])[-1]).status
                == 403
            )
        (call,) = bench.calls
        assert (call.method, call.target, str(call.address)) == ("GET", "/a", "192.0.2.9")

    @pytest.mark.parametrize(
        "junk", ["unknown", "192.0.2.9:80", "1.2.3.4, 192.0.2.9", "0xc0.0.2.9"]
    )
    def test_an_address_that_is_none_is_refused(self, junk: str) -> None:
        with gating(Bench(hit=said())) as gate:
            assert code(gate.ask(X_Real_IP=junk)) == "FACT_MALFORMED"

    def test_a_list_is_walked_past_trusted_proxies(self) -> None:
        bench = Bench(hit=said())
        with gating(bench, "caddy") as gate:
            gate.ask(preset="caddy", X_Forwarded_For="1.2.3.4, 198.51.100.7, 127.0.0.1")
            assert code(gate.ask(preset="caddy", X_Forwarded_For="1.2.3.4, x")) == "FACT_MALFORMED"
        assert [str(call.address) for call in bench.calls] == ["198.51.100.7"]

    def test_each_hop_of_that_walk_is_handed_on_also_when_it_is_remembered(self) -> None:
        bench = Bench(hit=said())
        with gating(bench, "caddy") as gate:
            for _ in range(2):
                gate.ask(preset="caddy", X_Forwarded_For="198.51.100.7, 127.0.0.2")
        for call in bench.calls:
            assert [(hop.name, hop.rule) for hop in call.hops] == [
                ("127.0.0.1", Rule.TRUSTED),
                ("127.0.0.2", Rule.TRUSTED),
                ("198.51.100.7", Rule.CALLER),
            ]
        assert len(bench.calls) == 2

    @pytest.mark.parametrize("method", ["GET ", "G T", "G(T", "A" * 33, "G\xc9T"])
    def test_a_method_that_is_none_is_refused(self, method: str) -> None:
        with gating(Bench(hit=said())) as gate:
            assert code(gate.ask(X_Original_Method=method)) == "FACT_MALFORMED"

    @pytest.mark.parametrize("method", ["get", "PURGE", "PROPFIND", "M-SEARCH"])
    def test_a_method_is_handed_on_as_it_is(self, method: str) -> None:
        bench = Bench(hit=said())
        with gating(bench) as gate:
            gate.ask(X_Original_Method=method)
        assert bench.calls[0].method == method

    def test_private_is_https_or_this_very_host(self) -> None:
        for https, caller, private in ((False, "192.0.2.9", False), (True, "192.0.2.9", True),
                                       (False, "127.0.0.1", True)):  # fmt: skip
            bench = Bench(hit=said())
            with gating(bench, https=https) as gate:
                gate.ask(X_Real_IP=caller)
            assert bench.calls[0].private is private

    def test_two_authorizations_are_refused(self) -> None:
        with gating(Bench(hit=said())) as gate:
            two = ("Authorization: Digest x", "authorization: Digest x")
            assert code(gate.ask(*two)) == "AUTHORIZATION_REPEATED"


def _facts(preset: str, method: str, target: str) -> dict[str, str]:
    values = zip(FACTS[preset], (method, target), strict=False)
    return {name.replace("-", "_"): value for name, value in values}


class TestPeers:
    def test_who_is_no_trusted_proxy_is_not_answered_for_others(self) -> None:
        bench = Bench(hit=said())
        with gating(bench, trusted=STRANGERS) as gate:
            answer = gate.ask(close=False)
        assert (answer.status, code(answer)) == (403, "PEER_NOT_TRUSTED")
        assert answer.fields["connection"] == "close"
        assert not bench.calls

    def test_who_opens_the_socket_file_is_trusted(self, tmp_path: Any) -> None:
        path = str(tmp_path / "gate")
        bench = Bench(hit=said())
        with gating(bench, trusted=(), path=path), socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            connection.sendall(question())
            assert answers(connection)[0].status == 200
        assert str(bench.calls[0].address) == "192.0.2.9"


class TestAnswers:
    def test_an_allow_names_the_caller_whatever_the_client_sent(self) -> None:
        theirs = [f"Keyreeve-{name}: root" for name in ("User", "User-Id", "Roles", "Decision")]
        with gating(Bench(hit=said())) as gate:
            answer = gate.ask(*theirs)
        assert (answer.status, answer.body) == (200, b"")
        assert answer.fields["keyreeve-user"] == "ada@example.org"
        assert answer.fields["keyreeve-decision"] == DECISION
        assert "root" not in str(answer.fields)

    @pytest.mark.parametrize("proof", [proof for proof in Proof if not proof.holds])
    def test_every_failed_proof_gets_the_same_401(self, proof: Proof) -> None:
        with gating(Bench(hit=said(Challenge(proof)))) as gate, connected(gate.port) as connection:
            connection.sendall(question())
            received = connection.recv(65536)
        stale = b"true" if proof is Proof.NONCE_STALE else b"false"
        assert received.startswith(b"HTTP/1.1 401 ")
        assert b'WWW-Authenticate: Digest realm="a", stale=' + stale + b"\r\n" in received
        assert b"WWW-Authenticate: Digest second\r\n" in received
        assert b"Keyreeve" not in received

    @pytest.mark.parametrize("reason", list(Reason))
    def test_every_denial_is_a_403(self, reason: Reason) -> None:
        with gating(Bench(hit=said(Deny(reason)))) as gate:
            answer = gate.ask()
        assert answer.status == 403
        assert answer.document["rule"] == reason.rule

    def test_a_target_that_is_not_canonical_is_a_403(self) -> None:
        with gating(Bench(hit=NotCanonical("x"))) as gate:
            assert code(gate.ask()) == "TARGET_NOT_CANONICAL"

    def test_too_many_requests_are_a_403(self) -> None:
        for bench in (Bench(hit=Throttled(2000)), Bench(judge=Throttled(2000))):
            with gating(bench) as gate:
                answer = gate.ask()
            assert (answer.status, answer.fields["keyreeve-status"]) == (403, "429")
            assert code(answer) == "RATE_LIMITED"

    def test_early_data_calls_no_whitelisted_operation(self) -> None:
        for whitelisted, status in ((True, 403), (False, 200)):
            operation = Operation("x", "GET", "/a", whitelisted=whitelisted)
            verdict = said(match=Match(operation, {}))
            for bench in (Bench(hit=verdict), Bench(judge=verdict)):
                with gating(bench) as gate:
                    assert gate.ask("Early-Data: 1").status == status

    def test_what_is_not_remembered_is_asked_in_a_thread(self) -> None:
        threads: list[str] = []

        def judged(_: Any) -> Any:
            threads.append(threading.current_thread().name)
            return said()

        bench = Bench(judge=judged)
        with gating(bench) as gate:
            assert gate.ask().status == 200
        assert threads[0].startswith("ThreadPoolExecutor")


BREAKS = [RuntimeError("boom"), OSError(), KeyError("x"), MemoryError(), RecursionError()]


class TestWhateverBreaks:
    """Fail closed: an exception is a denial."""

    @pytest.mark.parametrize("error", BREAKS, ids=repr)
    @pytest.mark.parametrize("where", ["hit", "judge"])
    def test_is_a_403_and_logged(
        self, error: Exception, where: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        bench = Bench(hit=error) if where == "hit" else Bench(judge=error)
        with caplog.at_level(logging.ERROR, "keyreeve.gate"), gating(bench) as gate:
            answer = gate.ask()
        assert (answer.status, code(answer)) == (403, "UNEXPECTED_ERROR")
        assert len(caplog.records) == 1

    @pytest.mark.parametrize("nonsense", ["allow", 1, object(), True])
    def test_so_is_a_judge_that_says_nothing_sensible(self, nonsense: object) -> None:
        for bench in (Bench(hit=nonsense), Bench(judge=nonsense), Bench(hit=None, judge=None)):
            with gating(bench) as gate:
                self._assert_denied(gate)
        with gating(Bench(hit=said(nonsense))) as gate:  # type: ignore[arg-type]
            self._assert_denied(gate)

    def _assert_denied(self, gate: Gating) -> None:
        answer = gate.ask()
        assert (answer.status, json.loads(answer.body)["error"]) == (403, 403)
