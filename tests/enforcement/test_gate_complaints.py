import logging
from typing import Any

import pytest

from enforcement.gating import Bench, gating, said
from keyreeve.enforcement.gate_complaints import EVERY, Complaints
from keyreeve.protocol import address

STRANGERS = (address.parse_network("10.0.0.0/8"),)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Any:
    """What the gate logs."""
    caplog.set_level(logging.WARNING, "keyreeve.gate")
    return lambda: [record.getMessage() for record in caplog.records]


def test_a_peer_that_is_not_trusted_is_told_to_the_operator(log: Any) -> None:
    with gating(Bench(hit=said()), trusted=STRANGERS) as gate:
        gate.ask()
        gate.ask()
    assert log() == [
        "127.0.0.1 asks and is no trusted proxy; is it missing in KEYREEVE_TRUSTED_PROXIES?"
    ]


def test_another_proxy_than_that_of_the_preset_is_told_to_the_operator(log: Any) -> None:
    with gating(Bench(hit=said()), "nginx") as gate:
        gate.ask(preset="traefik")
    assert log() == ["a question came without X-Original-Method; is --preset nginx right?"]


def test_each_kind_is_told_once_a_minute(log: Any) -> None:
    complaints = Complaints("nginx")
    for _ in range(EVERY):
        complaints.stranger("10.0.0.1")
        complaints.missing("X-Real-IP")
        assert len(log()) == 2
        complaints.grow_older()
    complaints.stranger("10.0.0.1")
    assert len(log()) == 3
