"""Complaints: what a gate tells its operator of a proxy that was set up wrongly.

The proxy only hands the refusal on to clients, who can do nothing about it.
"""

import logging

EVERY = 60
"""Seconds between two complaints of a kind: whoever reaches the gate can cause them."""

_log = logging.getLogger("keyreeve.gate")


class Complaints:
    """Tells of each kind once in a while."""

    def __init__(self, preset: str) -> None:
        self._preset = preset
        self._quiet: dict[str, int] = {}

    def stranger(self, peer: str | None) -> None:
        """Tell of somebody who asks and is no trusted proxy."""
        self._tell(
            "%s asks and is no trusted proxy; is it missing in KEYREEVE_TRUSTED_PROXIES?", peer
        )

    def missing(self, fact: str) -> None:
        """Tell of a trusted proxy that leaves out what this preset reads."""
        self._tell("a question came without %s; is --preset %s right?", fact, self._preset)

    def grow_older(self) -> None:
        """Let a second pass."""
        self._quiet = {kind: left - 1 for kind, left in self._quiet.items() if left > 1}

    def _tell(self, kind: str, *details: str | None) -> None:
        if kind not in self._quiet:
            self._quiet[kind] = EVERY
            _log.warning(kind, *details)
