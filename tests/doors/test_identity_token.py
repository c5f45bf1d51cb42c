"""The identity token of a real gate, checked as the documentation says."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from joserfc.errors import JoseError

from doors import gates
from doors.installation import Installation
from enforcement.gating import question
from enforcement.serving import connected

PAGE = Path(__file__).parents[2] / "docs" / "identity-token.md"
SECRET = "0123456789abcdef" * 2
AUDIENCE = "clusters.example.org"
ADA = "ada@example.org"


def checking() -> Any:
    """Return the function that the documentation gives to the API behind a gate."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    room: dict[str, Any] = {}
    exec(code, room)
    return room["caller"]


def told(port: int, bearer: str, **facts: str) -> tuple[int, str]:
    """Return the status of an answer, and the token in it."""
    with connected(port) as connection:
        connection.sendall(question(bearer, X_Real_IP="127.0.0.1", **facts))
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    head = received.partition(b"\r\n\r\n")[0].decode()
    found = re.findall(r"(?im)^keyreeve-token: (\S+)\r?$", head)
    return int(head.split()[1]), "".join(found)


def test_an_api_can_be_sure_of_what_a_gate_said(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    run = installation.run
    user_id = run("user", "create", ADA)["id"]
    run("group", "create", "g", "--owner", ADA, "--public-api", "on")
    document = '{"openapi":"3.1.0","paths":{"/a":{"get":{},"post":{}}}}'
    (tmp_path / "api.json").write_text(document)
    run("catalogue", "import", "api.json")
    bearer = f"Authorization: Bearer {run('key', 'generate', ADA, '--description', 'k')['key']}"
    caller, key = checking(), SECRET.encode()
    (tmp_path / "identity.key").write_text(SECRET + "\n")
    settings = {
        "KEYREEVE_IDENTITY_KEY_FILE": str(tmp_path / "identity.key"),
        "KEYREEVE_IDENTITY_AUDIENCE": AUDIENCE,
    }
    with gates.gate(installation, **settings) as gate:
        seen = set()
        for _ in range(4):
            status, token = told(gate.port, bearer, X_Original_URI="/a?b=%2F")
            assert status == 200
            claims = caller(token, key, "GET", "/a?b=%2F")
            assert (claims["sub"], claims["username"]) == (user_id, ADA)
            seen.add(claims["jti"])
        assert len(seen) == 4
        with pytest.raises(ValueError, match="another request"):
            caller(token, key, "POST", "/a?b=%2F")
        with pytest.raises(JoseError):
            caller(token, hashlib.sha256(key).digest(), "GET", "/a?b=%2F")
        assert told(gate.port, "X: y") == (401, "")
        assert told(gate.port, bearer, X_Original_URI="/b") == (403, "")
        assert SECRET not in gate.log.read_text()
    with gates.gate(installation) as gate:
        assert told(gate.port, bearer) == (200, "")
