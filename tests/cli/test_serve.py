"""`keyreeve serve`: what it is asked; what it does stands with the application."""

import json
import subprocess

import requests

from doors.installation import KEYREEVE, Installation


def test_it_takes_any_free_port_and_says_which(installation: Installation) -> None:
    with subprocess.Popen(
        [KEYREEVE, "serve", "--port", "0", "--host", "localhost", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=installation.environment(), cwd=installation.folder,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert said["workers"] == 1
        assert said["setupUrl"].startswith(f"{said['url']}/setup?token=")
        page = requests.get(said["setupUrl"], timeout=10)
        assert "Create account" in page.text
        assert "token" not in page.url
        assert requests.get(said["url"] + "/livez", timeout=10).status_code == 200
        process.terminate()
        assert process.wait(31) == 0
