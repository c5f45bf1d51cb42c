"""Every command: asked for help, misused, and failing in one sentence."""

import json
import subprocess
import time

import pytest

from doors.installation import KEYREEVE, Installation
from keyreeve.cli import command_line

COMMANDS = [
    (*([room] if room else []), name)
    for room, commands in command_line._COMMANDS.items()
    for name in commands
]


def test_the_commands_are_these() -> None:
    assert {" ".join(words) for words in COMMANDS} == {
        "serve", "gate", "recipe", "demo", "explain", "backup", "doctor", "decision show",
        "observe report",
        "user create", "user list", "user disable", "user enable", "user password",
        "user reset-second-factor", "group create", "group list", "group set", "role grant",
        "role revoke", "key generate", "key list", "key enable", "key disable", "key delete",
        "whitelist add", "whitelist remove", "whitelist list", "catalogue import",
        "catalogue list", "catalogue check", "policy test", "audit list", "audit verify",
        "audit export", "db upgrade", "db check",
    }  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_and_takes_json(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.run([*words, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: keyreeve {' '.join(words)}")
    assert "--json" in text
    sentence = next(s for n, (_, s) in _commands(words).items() if n == words[-1])
    assert sentence.rstrip(".").split(":")[0].split()[0] in text


@pytest.mark.parametrize("words", [[], ["user"], ["db"]])
def test_no_command_is_no_success(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.run(words) == 2
    assert "Usage: keyreeve" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["user", "nonsense"],
        ["user", "create"],
        ["user", "create", "a@example.org", "b@example.org"],
        ["user", "create", "a@example.org", "--password", "secret"],
        ["group", "create", "x", "--public-api", "maybe"],
        ["serve", "--port", "65536"],
        ["serve", "--port", "http"],
        ["serve", "--workers", "0"],
        ["audit", "list", "--limit", "0"],
    ],
    ids=" ".join,
)
def test_a_misused_command_ends_with_2_and_one_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.run(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("keyreeve: ")
    assert err.count("\n") == 1
    assert command_line.run([*words, "--json"]) == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "USAGE"


def test_help_and_version_are_there_at_once() -> None:
    for words in (["--help"], ["user", "--help"], ["--version"]):
        best = min(_seconds(words) for _ in range(3))
        assert best < 0.5, words


def test_a_refusal_is_one_sentence_on_standard_error(installation: Installation) -> None:
    done = installation.attempt("user", "disable", "nobody@example.org")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "keyreeve: No user nobody@example.org exists.\n"
    done = installation.attempt("user", "disable", "nobody@example.org", "--json")
    assert json.loads(done.stderr)["error"]["code"] == "USER_NOT_FOUND"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"KEYREEVE_DATABSE_URL": "x"}, "KEYREEVE_DATABSE_URL"),
        ({"KEYREEVE_BEARER": "yes"}, "KEYREEVE_BEARER"),
        ({"KEYREEVE_DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "/nowhere/at"),
        ({"KEYREEVE_DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/x"}, "connection"),
        ({"KEYREEVE_DATABASE_URL": "oracle://u:hunter2@127.0.0.1:1/x"}, "KEYREEVE_DATABASE_URL"),
    ],
)
@pytest.mark.parametrize("words", [("user", "list"), ("serve", "--port", "0")])
def test_a_wrong_setting_is_named_in_one_sentence(
    installation: Installation,
    settings: dict[str, str],
    named: str,
    words: tuple[str, ...],
) -> None:
    done = Installation(installation.folder, settings).attempt(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr


def test_a_reader_that_goes_away_is_no_traceback(installation: Installation) -> None:
    for number in range(2):
        installation.run("user", "create", f"user{number}@example.org")
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {KEYREEVE} audit export | true"],
        check=False, capture_output=True, text=True,
        env=installation.environment(), cwd=installation.folder, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""


def _commands(words: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    return command_line._COMMANDS[words[0] if len(words) > 1 else ""]


def _seconds(words: list[str]) -> float:
    start = time.monotonic()
    subprocess.run([KEYREEVE, *words], check=True, capture_output=True, timeout=20)
    return time.monotonic() - start
