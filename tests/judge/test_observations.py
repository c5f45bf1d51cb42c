"""Of which kind an overlooked call is, and how few kinds there may be."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keyreeve.domain.catalogue import Match
from keyreeve.domain.decision import ALLOW
from keyreeve.domain.operation import Operation
from keyreeve.domain.subject import GroupState
from keyreeve.judge import observations
from keyreeve.judge.call import Call
from keyreeve.judge.observations import KINDS, KINDS_A_MINUTE, WAITING, Tallies, Waiting
from keyreeve.judge.verdict import Verdict
from keyreeve.storage.observations import MERGED, Kind, Observation
from made import GROUP_ID, USER_ID, subject
from storage import recording
from storage.recording import AWAY, HOME, KEY, NOON

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/", "/"),
        ("/v1/clusters?a=17", "/v1/clusters"),
        ("/v1.2/clusters/17/nodes", "/v1.2/clusters/{id}/nodes"),
        ("/clusters/5f0c1a7b9d3e4f5061728394/", "/clusters/{id}/"),
        ("/clusters/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/clusters/{id}"),
        ("/users/ada@example.org", "/users/{id}"),
        ("/a%2Fb/c%20d", "/{id}/{id}"),
        ("/oauth2/token", "/oauth2/token"),
        ("/openapi.json", "/openapi.json"),
        ("/clusters:restart", "/clusters:restart"),
        ("/deadbeefdeadbeef", "/{id}"),
        ("/" + "word" * 9, "/{id}"),
        ("/a/../b//c", "/a/../b//c"),
        ("/kr_0123456789abcdefghijklmnopqrstuvwx", "/{id}"),
        ("no path at all", "{id}"),
        ("/x" * 100, "/x" * 12 + "/{id}"),
        ("", ""),
    ],
)
def test_a_path_is_told_without_what_varies_in_it(target: str, path: str) -> None:
    assert observations.general(target) == path


def test_a_known_operation_is_told_by_its_name_alone() -> None:
    call = Call("GET", "/a/17", address=HOME)
    match = Match(Operation("read", "GET", "/a/{b}"), {"b": "17"})
    group = GroupState(GROUP_ID, public_api_enabled=False)
    verdict = Verdict(ALLOW, match, subject=subject({}), key_id=KEY, group=group)
    found = observations.kind(call, verdict, "4", "GROUP_PUBLIC_API_DISABLED")
    whole = Kind("4", "GROUP_PUBLIC_API_DISABLED", "GET", "read", "", KEY, USER_ID, GROUP_ID, HOME)
    assert found == whole


def test_an_unknown_operation_is_told_by_its_path() -> None:
    found = observations.kind(Call("PUT", "/a/17"), Verdict(ALLOW), "1", "absent")
    assert found == Kind("1", "absent", "PUT", path="/a/{id}")


def test_of_a_stranger_no_more_than_his_site_is_told_and_of_a_caller_his_address() -> None:
    call = Call("GET", "/a", address=AWAY)
    stranger = observations.kind(call, Verdict(ALLOW, None), "1", "absent")
    caller = observations.kind(call, Verdict(ALLOW, None, subject=subject({})), "2", "unknown")
    assert (str(stranger.address), caller.address) == ("2001:db8::", AWAY)


def kind(number: int) -> Kind:
    return Kind("2", "OPERATION_UNKNOWN", "GET", path=f"/{number}")


class TestTallies:
    def test_calls_of_a_kind_are_counted_with_the_last_of_them(self) -> None:
        tallies = Tallies()
        tallies.add(kind(1), "a", "ada")
        tallies.add(kind(1), "b", None)
        (tally,) = tallies.take().values()
        assert (tally.count, tally.decision_id, tally.username) == (2, "b", None)
        assert tallies.take() == {}

    def test_beyond_the_limit_kinds_are_merged(self) -> None:
        tallies = Tallies()
        for number in range(3 * KINDS):
            tallies.add(kind(number), "a", "ada")
        found = tallies.take()
        assert len(found) == KINDS + 1
        merged = Kind("2", "OPERATION_UNKNOWN", operation=MERGED)
        assert (found[merged].count, found[merged].username) == (2 * KINDS, None)


def observed(number: int, minute: int = 0) -> Observation:
    time = NOON + minute * MINUTE
    return replace(recording.overlooked(1, time), kind=kind(number))


class TestWaiting:
    def test_it_gives_no_more_than_is_asked_for(self) -> None:
        waiting = Waiting()
        for number in range(3):
            waiting.add(observed(number))
        assert [len(waiting.take(2)), len(waiting.take(2)), bool(waiting)] == [2, 1, False]

    def test_a_flood_of_kinds_fills_no_disk(self) -> None:
        waiting = Waiting()
        written = []
        for minute in range(3):
            for number in range(2 * KINDS_A_MINUTE):
                waiting.add(observed(number, minute))
                if number % 500 == 0:
                    written += waiting.take(10_000)
        written += waiting.take(10_000)
        assert sum(one.count for one in written) == 3 * 2 * KINDS_A_MINUTE
        told = {(one.kind, one.minute) for one in written}
        assert len(told) == 3 * (KINDS_A_MINUTE + 1)

    def test_what_waits_for_hours_is_merged_and_none_is_lost(self) -> None:
        waiting = Waiting()
        for minute in range(30):
            for number in range(KINDS_A_MINUTE):
                waiting.add(observed(number, minute))
        found = waiting.take(10 * WAITING)
        assert sum(one.count for one in found) == 30 * KINDS_A_MINUTE
        assert len(found) <= WAITING
