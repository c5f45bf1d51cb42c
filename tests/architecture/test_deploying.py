"""What operators are given holds together: units, environment, container, locks."""

import re
import shlex
from pathlib import Path

import pytest

from architecture import test_pages
from doors import pages
from keyreeve import settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SYSTEMD = DEPLOY / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))


def values(unit: Path, name: str) -> list[str]:
    return [found[1] for line in unit.read_text().splitlines()
            if (found := re.fullmatch(rf"{name}=(.*)", line))]  # fmt: skip


def test_the_environment_is_one_that_starts() -> None:
    lines = (SYSTEMD / "keyreeve.env").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert settings.load(environ).public_url == "https://keys.example.org"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_starts_a_command_that_we_have_with_few_rights(unit: Path) -> None:
    (command,) = values(unit, "ExecStart")
    test_pages.parse(command.removeprefix("/opt/keyreeve/bin/keyreeve "))
    assert values(unit, "CapabilityBoundingSet") == [""]
    for name in ("NoNewPrivileges", "ProtectHome", "MemoryDenyWriteExecute", "PrivateDevices"):
        assert values(unit, name) == ["yes"], name
    assert values(unit, "ProtectSystem") == ["strict"]
    assert values(unit, "User") == ["keyreeve"]


def test_only_the_proxys_group_may_open_the_gates_socket() -> None:
    unit = SYSTEMD / "keyreeve-gate.service"
    assert values(unit, "Group") == ["keyreeve-gate"]
    assert values(unit, "RuntimeDirectoryMode") == ["0750"]


def test_the_postgresql_settings_are_ours() -> None:
    given = dict(line.split("=", 1) for line in values(SYSTEMD / "postgresql.conf", "Environment"))
    loaded = settings.load(given, read=lambda path: "postgresql://k@127.0.0.1/k")  # noqa: ARG005
    assert str(loaded.master_key_file) == "%d/master-key"


def test_the_identity_settings_are_ours() -> None:
    given = dict(
        line.split("=", 1) for line in values(SYSTEMD / "identity-token.conf", "Environment")
    )
    loaded = settings.load(given, read=lambda path: "k" * 64)  # noqa: ARG005
    assert loaded.identity_audience == "api.example.org"


def test_the_container_copies_what_is_there_and_runs_as_nobody_in_particular() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    for line in re.findall(r"^COPY (?!--)(.*)$", text, re.MULTILINE):
        assert all((ROOT / source).exists() for source in shlex.split(line)[:-1]), line
    assert re.search(r"^USER [1-9][0-9]+:[1-9][0-9]+$", text, re.MULTILINE)
    (command,) = re.findall(r"^CMD \[(.*)\]$", text, re.MULTILINE)
    test_pages.parse(" ".join(shlex.split(command.replace(",", " "))))


def test_no_address_of_an_index_stands_in_what_builds_us() -> None:
    for file in (DEPLOY / "Containerfile", *(ROOT / "requirements").glob("*.txt")):
        text = file.read_text().replace("http://127.0.0.1", "")
        assert not re.search(r"https?://|index-url|find-links", text), file


def test_the_wheel_is_made_by_what_develops_it() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / "requirements" / name).read_text()
        return set(re.findall(r"^([a-z0-9-]+==\S+)", text, re.MULTILINE))

    assert pins("build.txt") <= pins("develop.txt")
    assert pins("build.txt")


def test_the_page_names_every_file() -> None:
    page = (ROOT / "docs" / "deploying.md").read_text()
    assert all(f"`{file.name}`" in page for file in SYSTEMD.iterdir())
    assert pages.blocks(ROOT / "docs" / "deploying.md", "nginx")
