"""Trying to pass for another at the doors of other APIs, and reading what they make of it.

`GET /admin` is asked for with the key of one who may call it from `LISTED` alone.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from doors import streams
from doors.spoofs import LISTED, SPOOFS

HERE = "127.0.0.1"
REFUSED = {streams.SILENCE.status, 400, 401, 403}
OTHERWISE = {"OPERATION_UNKNOWN", "RESOURCE_NOT_FOUND", "METHOD_NOT_ALLOWED"}
"""What a door says if it judges another request than the one that was sent."""
NOT_LISTED = "IP_ADDRESS_NOT_ON_WHITELIST"
PREAMBLES = (
    f"PROXY TCP4 {LISTED} {HERE} 56324 443\r\n".encode(),
    b"\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00",
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x7f\x00\x00\x4d\x7f\x00\x00\x01\xdc\x04\x01\xbb",
)
"""PROXY version 1, and version 2 LOCAL and PROXY, before the request itself."""


Asking = Callable[[list[str]], "Told"]
"""Sends a request with these lines in addition."""


class Told(NamedTuple):
    """What a door said."""

    status: int
    document: dict[str, Any]

    def is_denied(self) -> bool:
        """Tell whether a visitor was refused for calling what he may not call."""
        return self.document.get("errorCode") in {"USER_UNAUTHORIZED", "METHOD_NOT_ALLOWED"}

    def honours(self, caller: str) -> bool:
        """Tell whether a spoof made the door take this caller for another."""
        if self.document.get("errorCode") == NOT_LISTED:
            return self.document["address"] not in {caller, "unknown"}
        return self.status not in REFUSED or self.document.get("errorCode") in OTHERWISE


def send(port: int, data: bytes, peer: str) -> Told:
    """Send a request from one of the addresses of this host."""
    (answer,) = streams.ask(port, [data], ahead=1, peer=peer)
    is_told = answer.body.startswith(b"{")
    return Told(answer.status, json.loads(answer.body) if is_told else {})


def request(key: str, *lines: str, line: str = "GET /admin HTTP/1.1", body: str = "") -> bytes:
    head = [line, "Host: api.example", f"Authorization: Bearer {key}", "Connection: close"]
    # What ends the head stands behind what proxies add.
    ordered = sorted(lines, key=lambda text: text.startswith("\r\n"))
    return "\r\n".join([*head, *ordered, "", body]).encode()


def honoured(ask: Asking, caller: str, *, fewest: int = 15) -> list[str]:
    """Try all spoofs, and return those that were believed.

    So many must come as far as the whitelist: else they were refused for something else.
    """
    answers = {spoof.name: ask(list(spoof.lines)) for spoof in SPOOFS}
    reached = [said for said in answers.values() if said.document.get("errorCode") == NOT_LISTED]
    assert len(answers) == 30
    assert len(reached) >= fewest
    return [name for name, said in answers.items() if said.honours(caller)]
