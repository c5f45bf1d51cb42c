"""The pages are what the operations say, and their commands do what the pages say."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import curl_lines, house, pages
from api.house import PUBLIC, House, Person
from api.pages import ALL, DOCS, RESOURCES
from keyreeve.api import first_user, openapi
from keyreeve.api.application import operations
from keyreeve.domain.operation import Operation

PRINCIPLES = (DOCS / "api" / "README.md").read_text()
CURLRC = 'silent\nshow-error\nnoproxy = "*"\nwrite-out = "\\n%{http_code}"\n'


@pytest.mark.parametrize(("path", "text"), pages.pages().items(), ids=str)
def test_a_page_is_what_the_operations_say(path: Path, text: str) -> None:
    assert (DOCS / path).read_text() == text


def test_there_is_no_page_of_what_is_no_more() -> None:
    there = {*(DOCS / "api").glob("*.md"), *(DOCS / "errors").glob("*.md")}
    assert {path.relative_to(DOCS) for path in there} == {*pages.pages(), Path("api", "README.md")}


def test_every_operation_stands_on_a_page_and_every_page_is_linked() -> None:
    assert {openapi.tag_of(one) for one in ALL} == set(RESOURCES)
    for resource in RESOURCES.values():
        assert f"]({resource.file}.md)" in PRINCIPLES


@pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.name)
def test_what_is_whitelisted_is_marked_and_nothing_else(operation: Operation) -> None:
    text = pages.pages()[Path("api", f"{RESOURCES[openapi.tag_of(operation)].file}.md")]
    section = text.split(f'<a id="{pages.anchor(operation)}"></a>')[1].split("<a id=")[0]
    assert (pages.BADGE in section) is operation.whitelisted
    assert curl_lines.line(operation) in section


def run(command: str, folder: Path, variables: dict[str, str]) -> tuple[int, str]:
    """Run a command of the pages; return the status of the answer, and its body."""
    (folder / ".curlrc").write_text(CURLRC)
    environment = {"PATH": os.environ["PATH"], "CURL_HOME": str(folder), **variables}
    done = subprocess.run(
        ["/bin/sh", "-euc", command],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        timeout=30,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house.opened(tmp_path_factory.mktemp("empty"), KEYREEVE_FIRST_USER_API="on") as opened:
        yield opened


class Scene:
    """An Owner with a group, a member in it, an entry on his whitelist, and what he did."""

    def __init__(self, house: House) -> None:
        self.ada = house.person("127.0.0.1", "203.0.113.0/24")
        self.name = f"Engines {self.ada.id}"
        self.group = house.group(self.ada, name=self.name)
        self.member = house.person()
        house.grant(self.member, self.group, "GROUP_READ_ONLY")
        self.house = house

    def variables(self) -> dict[str, str]:
        ada = self.ada
        return {
            "API": self.house.url(""),
            "LOGIN": ada.username,
            "KEY": ada.key,
            "USER_ID": ada.id,
            "KEY_ID": ada.key_id,
            "GROUP_ID": self.group,
            "GROUP_NAME": self.name.replace(" ", "%20"),
            "MEMBER_ID": self.member.id,
            "EVENT_ID": self.event(f"/groups/{self.group}/events"),
            "DECISION_ID": self.decision(),
        }

    def event(self, path: str) -> str:
        return str(self.house.get(self.ada, path)["results"][0]["id"])

    def decision(self) -> str:
        denied = self.house.call(self.member, "PATCH", f"/groups/{self.group}", json={})
        self.house.recorder.flush()
        return str(denied.json()["decision"])


@pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.name)
def test_a_command_is_answered_as_its_page_says(
    house: House, tmp_path: Path, operation: Operation
) -> None:
    scene = Scene(house)
    told = scene.variables()
    if operation.name == "event.get_of_user":
        told["EVENT_ID"] = scene.event(f"/users/{scene.ada.id}/events")
    if operation.name == "whitelist.get":
        assert curl_lines.ENTRY in curl_lines.line(operation)
    status, body = run(curl_lines.line(operation), tmp_path, told)
    assert status in operation.answers, body


def test_the_first_user_is_made_by_the_command_of_its_page(empty: House, tmp_path: Path) -> None:
    command = curl_lines.line(first_user.operation, guarded=False)
    status, body = run(command, tmp_path, {"API": empty.url("")})
    assert status == 201, body


@pytest.mark.parametrize("command", re.findall(r"```sh\n(.*?)\n```", PRINCIPLES, re.DOTALL))
def test_the_commands_of_the_principles_work(house: House, tmp_path: Path, command: str) -> None:
    ada: Person = house.owner()
    told = {"API": house.url("", PUBLIC), "LOGIN": ada.username, "KEY": ada.key}
    assert run(command, tmp_path, told)[0] == 200
