"""`keyreeve demo`: every command it prints does what it promises."""

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from doors.installation import KEYREEVE


@pytest.fixture
def demo(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A demo on a free port, in an empty folder, among settings that must not matter."""
    with subprocess.Popen(
        [KEYREEVE, "demo", "--port", "0"],
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin:/bin",
            "TMPDIR": str(tmp_path),
            "KEYREEVE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def guide(process: "subprocess.Popen[str]") -> list[str]:
    """Read what the demo prints, up to its last line."""
    assert process.stdout is not None
    lines = []
    while not lines or not lines[-1].startswith("Ctrl-C"):
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        lines.append(line.rstrip("\n"))
    return lines


def listens(url: str) -> bool:
    """Tell whether somebody answers there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0


def test_each_printed_command_ends_with_the_status_it_promises(
    demo: "subprocess.Popen[str]",
) -> None:
    lines = guide(demo)
    promised = [
        (int(re.findall(r"->  (\d{3})$", lines[n - 1])[0]), line)
        for n, line in enumerate(lines)
        if line.startswith("curl ")
    ]
    told: list[str | None] = []
    for expected, command in promised:
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, check=True, timeout=30,
            env={"PATH": "/usr/bin:/bin", "http_proxy": "http://127.0.0.1:9"},
        )  # fmt: skip
        body, status, _ = done.stdout.rsplit("\n", 2)
        assert (int(status), done.stderr) == (expected, ""), command
        told.append(json.loads(body).get("errorCode") if body else None)
    assert list(zip([status for status, _ in promised], told, strict=True)) == [
        (200, None), (401, None), (401, None), (200, None), (403, "USER_UNAUTHORIZED"),
        (403, "IP_ADDRESS_NOT_ON_WHITELIST"), (201, None), (403, "GROUP_PUBLIC_API_DISABLED"),
        (200, None),
        (401, None), (201, None), (200, None), (403, "USER_UNAUTHORIZED"),
        (403, "IP_ADDRESS_NOT_ON_WHITELIST"), (404, "RESOURCE_NOT_FOUND"), (204, None),
    ]  # fmt: skip


def test_whoever_it_names_can_sign_in_at_the_console(demo: "subprocess.Popen[str]") -> None:
    lines = guide(demo)
    (url,) = (found[1] for line in lines if (found := re.match(r"The console is at (\S+)/ ", line)))
    logins = [line.split() for line in lines if re.fullmatch(r"  \S+@\S+ +[a-z2-7]{16}", line)]
    assert [name for name, _ in logins] == [f"{n}@example.org" for n in ("ada", "bob", "cleo")]
    for name, password in logins:
        with requests.Session() as browser:
            page = browser.get(f"{url}/sign-in", timeout=30)
            (token,) = set(re.findall(r'name="csrf" value="([^"]+)"', page.text))
            answer = browser.post(
                f"{url}/sign-in", {"csrf": token, "email": name, "password": password},
                headers={"Origin": url}, timeout=30,
            )  # fmt: skip
        assert (answer.status_code, "Sign out" in answer.text) == (200, True)


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_0_and_leaves_nothing_behind(
    demo: "subprocess.Popen[str]", tmp_path: Path, sig: signal.Signals
) -> None:
    urls = set(re.findall(r"http://127.0.0.1:[0-9]+", "\n".join(guide(demo))))
    assert len(urls) == 2
    assert all(listens(url) for url in urls)
    assert list(tmp_path.glob("keyreeve-demo-*"))
    demo.send_signal(sig)
    _, err = demo.communicate(timeout=31)
    assert (demo.returncode, err) == (0, "")
    assert list(tmp_path.iterdir()) == []
    assert not any(listens(url) for url in urls)


def test_killed_it_leaves_no_process_behind(demo: "subprocess.Popen[str]") -> None:
    urls = set(re.findall(r"http://127.0.0.1:[0-9]+", "\n".join(guide(demo))))
    demo.kill()
    demo.wait(10)
    deadline = time.monotonic() + 10
    while any(listens(url) for url in urls):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_signal_while_it_furnishes_leaves_nothing_behind(
    demo: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    deadline = time.monotonic() + 20
    while not list(tmp_path.glob("keyreeve-demo-*")):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    demo.terminate()
    demo.communicate(timeout=31)
    assert demo.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_taken_port_is_one_sentence_and_no_folder(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = subprocess.run(
            [KEYREEVE, "demo", "--port", port, "--json"], capture_output=True, text=True,
            check=False, timeout=30, env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)},
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads(done.stderr)["error"]["code"] == "CANNOT_LISTEN"
    assert list(tmp_path.iterdir()) == []


def test_programs_get_the_same_as_a_document(tmp_path: Path) -> None:
    with subprocess.Popen(
        [KEYREEVE, "demo", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        document = json.loads(process.stdout.readline())
        process.terminate()
        assert process.wait(31) == 0
    assert {user["username"].partition("@")[0] for user in document["users"]} == {
        "ada", "bob", "cleo",
    }  # fmt: skip
    assert len({user["password"] for user in document["users"]}) == 3
    assert {step["status"] for step in document["steps"]} == {
        200, 201, 204, 401, 403, 404,
    }  # fmt: skip
    assert document["exampleUrl"].startswith("http://127.0.0.1:")
    assert document["url"].startswith("http://127.0.0.1:")
