"""What the door inside of an application costs: one that guards itself beside one that does not.

Both run on uvicorn and get the very same requests with real digests, loaded in turn in one run. In
the door everything is on: replay window, roles, group, whitelists, freshness check, throttle,
access records. Users and paths vary.

    .venv/bin/python bench/middleware.py [--rounds 7] [--seconds 1.5] [--algorithm md5|sha256]

It needs gcc and the headers of OpenSSL (Debian: gcc libssl-dev), two cores and taskset.
"""

import argparse
import statistics
import sys
from contextlib import ExitStack
from operator import sub

import peers
from furnished import FOREIGN, bench
from peers import Peer

DIRECT = "--no-proxy-headers"
"""Where the door is inside, uvicorn must take no address out of a header."""


def main() -> int:
    """Measure and print."""
    told = peers.asked(argparse.ArgumentParser())
    with ExitStack() as stack:
        made = stack.enter_context(bench(told.algorithm))
        questions = [*made.signing, *["-s"] * told.sleep]
        door, door_port = stack.enter_context(peers.uvicorn(made, "guarded:app", DIRECT))
        bare, bare_port = stack.enter_context(peers.uvicorn(made, "bare:app", DIRECT))
        guarded = Peer("uvicorn, guarded", [door], door_port, questions)
        unguarded = Peer("bare, the same requests", [bare], bare_port, [*questions, *FOREIGN])
        met = peers.measure([guarded, unguarded], made, told)
    added = statistics.median(map(sub, guarded.costs, unguarded.costs))
    print(f"the door adds {added:.2f} us of CPU a request")
    return met


if __name__ == "__main__":
    sys.exit(main())
