"""Every attack on the digest is refused by a real server, whoever of its workers it meets."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from doors import wire
from doors.attacks import DIGESTS, Attack
from doors.attacks_around import AROUND
from doors.installation import Server
from doors.scenes import Cast
from doors.wire import Scene

ATTACKS = DIGESTS | AROUND
OK = 200


@pytest.fixture(scope="module", params=["MD5", "SHA-256"])
def cast(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cast:
    folder = tmp_path_factory.mktemp("attacked")
    return Cast.gather(folder, KEYREEVE_DIGEST_ALGORITHMS=request.param)


@pytest.fixture(scope="module", params=[1, 4], ids=["one worker", "four workers"])
def server(cast: Cast, request: pytest.FixtureRequest) -> Iterator[Server]:
    with cast.installation.serving(workers=request.param) as server:
        yield server
    assert b"Traceback" not in server.log.read_bytes()


@pytest.fixture
def scene(cast: Cast, server: Server) -> Scene:
    return cast.scene(server)


def outcome(server: Server, request: bytes) -> list[int]:
    return wire.statuses(wire.exchange(server.port, request))


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_is_refused(attack: Attack, server: Server, scene: Scene) -> None:
    *honest, last = attack.steps(scene)
    for request in honest:
        assert outcome(server, request) == [OK]
    found = outcome(server, last)
    assert found
    assert set(found) <= attack.expected


def test_the_attacks_are_many() -> None:
    assert len(ATTACKS) == len(DIGESTS) + len(AROUND)
    assert len(DIGESTS) >= 60


class TestHonest:
    """Without these an attack might be refused for a slip of its own."""

    def test_a_signed_request_goes_through(self, server: Server, scene: Scene) -> None:
        assert outcome(server, scene.request(scene.signed())) == [OK]

    def test_a_target_with_an_escaped_slash_goes_through(
        self, server: Server, scene: Scene
    ) -> None:
        honest = scene.request(scene.signed(uri=scene.entry), target=scene.entry)
        assert outcome(server, honest) == [OK]

    def test_head_goes_through_when_head_was_signed(self, server: Server, scene: Scene) -> None:
        honest = scene.request(scene.signed(method="HEAD"), method="HEAD")
        assert outcome(server, honest) == [OK]

    @pytest.mark.parametrize("nc", ["1", "00000009", "0000000A", "ffffffff"])
    def test_any_count_goes_through_once(self, nc: str, server: Server, scene: Scene) -> None:
        honest = scene.request(scene.signed(nc=nc))
        assert outcome(server, honest) == [OK]

    def test_counts_go_through_in_any_order_inside_the_window(
        self, server: Server, scene: Scene
    ) -> None:
        for nc in ("00000100", "00000001", "000000ff", "00000002"):
            assert outcome(server, scene.request(scene.signed(nc=nc))) == [OK]

    def test_the_id_of_a_key_is_a_name(self, server: Server, scene: Scene) -> None:
        assert outcome(server, scene.request(scene.signed(username=scene.key_id))) == [OK]

    def test_another_user_goes_through_with_his_own_key(self, server: Server, scene: Scene) -> None:
        other = replace(scene, user=scene.other_user, key=scene.other_key)
        assert outcome(server, other.request(other.signed())) == [OK]

    def test_a_key_goes_through_as_bearer(self, server: Server, scene: Scene) -> None:
        assert outcome(server, scene.request(f"Bearer {scene.key}")) == [OK]

    def test_a_refused_attack_used_nothing_up(self, server: Server, scene: Scene) -> None:
        wrong = scene.signed(secret=scene.other_key)
        assert outcome(server, scene.request(wrong)) == [401]
        assert outcome(server, scene.request(scene.signed())) == [OK]


def test_only_a_right_digest_learns_that_its_nonce_is_stale(server: Server, scene: Scene) -> None:
    old = {"nc": "00001000"}
    assert outcome(server, scene.request(scene.signed(**old))) == [OK]
    right = wire.exchange(server.port, scene.request(scene.signed(nc="00000001")))
    wrong = wire.exchange(
        server.port, scene.request(scene.signed(nc="00000001", secret=scene.other_key))
    )
    assert b"stale=true" in right
    assert b"stale=false" in wrong


def test_every_refused_proof_gets_the_same_answer(server: Server, scene: Scene) -> None:
    answers = set()
    for name in ("an unknown user", "the key of another user", "a disabled key",
                 "the key of a disabled user", "a nonce of another installation"):  # fmt: skip
        (request,) = ATTACKS[name].steps(scene)
        head, _, body = wire.exchange(server.port, request).partition(b"\r\n\r\n")
        lines = [
            line
            for line in head.lower().split(b"\r\n")
            if not line.startswith((b"date", b"x-request-id", b"www-authenticate"))
        ]
        answers.add((*lines, body))
    assert len(answers) == 1
