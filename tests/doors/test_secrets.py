"""A key is shown once: afterwards it stands nowhere, whatever an operator looks at."""

import json
import subprocess
from pathlib import Path

from doors.installation import Installation

OWNER = "ada@example.org"


def test_no_copy_export_list_or_record_holds_a_key(
    installation: Installation, tmp_path: Path
) -> None:
    run = installation.run
    user_id = run("user", "create", OWNER)["id"]
    run("group", "create", "Analytical", "--owner", OWNER, "--public-api", "on")
    run("whitelist", "add", OWNER, "127.0.0.1")
    made = run("key", "generate", OWNER, "--description", "laptop")
    secret = made["key"]
    with installation.serving(workers=2) as server:
        whitelist = f"{server.api}/users/{user_id}/whitelist"
        body = json.dumps([{"ipAddress": "198.51.100.7", "comment": "office"}])
        posting = ["-H", "Content-Type: application/json", "-d", body]
        assert _curl("--digest", "-u", f"{OWNER}:{secret}", *posting, whitelist) == 201
        assert _curl("-H", f"Authorization: Bearer {secret}", *posting, whitelist) == 201
        # Mistakes that people make with a key: none of them may leave it behind.
        assert _curl("-u", f"{OWNER}:{secret}", whitelist) == 401
        assert _curl("-H", f"Authorization: Token {secret}", whitelist) == 401
        assert _curl("-H", f"X-Api-Key: {secret}", f"{whitelist}?key={secret}") == 401
        assert _curl("--digest", "-u", f"{secret}:{OWNER}", whitelist) == 401
        assert _curl("--digest", "-u", f"{OWNER}:{secret}", f"{whitelist}/{secret}") == 400
    run("key", "disable", OWNER, made["id"])
    run("backup", str(tmp_path / "backup.db"))
    said = [
        installation.attempt(*words).stdout
        for words in (
            ["audit", "export"],
            ["audit", "list", "--json"],
            ["key", "list", OWNER, "--json"],
            ["user", "list", "--json"],
            ["whitelist", "list", OWNER, "--json"],
            ["explain", "--user", OWNER, "--method", "GET", "--path", "/", "--json"],
            ["doctor"],
        )
    ]
    assert all(said)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert names >= {"keyreeve.db", "backup.db", "serve.log", "keyreeve.key"}
    assert any(name.startswith("records-") for name in names)
    for part in (secret, secret.removeprefix("kr_"), secret[3:30]):
        assert part not in "".join(said)
        for path in files:
            assert part.encode() not in path.read_bytes(), path


def _curl(*words: str) -> int:
    done = subprocess.run(
        ["curl", "-q", "-sS", "-o", "/dev/null", "-w", "%{http_code}", *words],
        check=True, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    return int(done.stdout)
