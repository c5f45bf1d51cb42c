"""The gate beside a bare uvicorn application, loaded in turn in one run with real digests.

All run on one core and the load on another, round by round, so that a noisy machine is noisy to
all; a ratio is the median of those of the rounds. In the gate everything is on: replay window,
roles, group, whitelists, freshness check, throttle, access records. Users and paths vary.

The application looks at nothing and says 200. It gets the very questions that the gate gets; and
then, which is the harder comparison, requests without credentials or any field of a proxy.

    .venv/bin/python bench/gate.py [--rounds 7] [--seconds 1.5] [--algorithm md5|sha256] [--sleep]

`--sleep` lets the load sleep while it waits for answers. A server then pays for waking it, which
on a virtual machine can cost more than all that is measured here.

It needs gcc and the headers of OpenSSL (Debian: gcc libssl-dev), two cores and taskset.
"""

import argparse
import sys
from contextlib import ExitStack

import peers
from furnished import FOREIGN, bench
from peers import Peer

GOAL = 1.0
FACTS = ["-t", "/auth", "-U", "/", "-H", "X-Forwarded-Method: GET", "-H", "X-Real-IP: 10.3.0.9"]
"""The load asks as Traefik would."""


def main() -> int:
    """Measure, print, and tell by the exit status whether the goal is met."""
    told = peers.asked(argparse.ArgumentParser())
    with ExitStack() as stack:
        made = stack.enter_context(bench(told.algorithm))
        nap = ["-s"] * told.sleep
        questions = [*made.signing, *FACTS, *nap]
        gate, gate_port = stack.enter_context(peers.gate(made, "traefik"))
        bare, bare_port = stack.enter_context(peers.uvicorn(made, "bare:app"))
        measured = [
            Peer("keyreeve gate", [gate], gate_port, questions),
            Peer("bare, the same requests", [bare], bare_port, [*questions, *FOREIGN], GOAL),
            Peer("bare, plain requests", [bare], bare_port, ["-t", "/", *nap], GOAL),
        ]
        return peers.measure(measured, made, told)


if __name__ == "__main__":
    sys.exit(main())
