"""`keyreeve.guard`: opened by the lifespan or the first request, and nothing passes unjudged."""

import asyncio
import contextlib
import json
import logging
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

import keyreeve
from keyreeve.app.edge import real
from keyreeve.app.middleware import Middleware
from keyreeve.domain.audit import Actor
from keyreeve.domain.operation import Named, Operation
from keyreeve.enforcement.strict_http import StrictHttpToolsProtocol
from keyreeve.services import api_keys, catalogue, groups, users
from keyreeve.settings import Settings, SettingsError
from keyreeve.storage.database import Database

CLI = Actor("cli:root")
OPERATIONS = [
    Operation("read", "GET", "/things/{name}", slash_in=frozenset({"name"})),
    Operation("talk", "GET", "/talk", websocket=True),
    Operation("mounted", "GET", "/mount/things"),
    Operation("of", "GET", "/groups/{group}", group=Named("group")),
]


class House:
    """An installation on one engine, with an owner and a catalogue, changed behind the back."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database.open(settings, real(), upgrade=True)
        with self.database.transaction() as t:
            self.ada = users.create(t, CLI, username="a@b.org", first_name="A", last_name="B")
            groups.create(t, CLI, name="Engines", owner=self.ada, public_api_enabled=True)
            self.key, self.secret = api_keys.generate(t, CLI, self.ada, "k")
            catalogue.replace(t, CLI, OPERATIONS)

    def disable(self) -> None:
        with self.database.transaction() as t:
            api_keys.set_enabled(t, CLI, self.ada, self.key.id, enabled=False)


@pytest.fixture
def house(settings: Settings) -> Any:
    house = House(settings)
    yield house
    house.database.close()


class Behind:
    """The guarded application: answers 200, accepts handshakes, notes its scopes."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] != "lifespan"
        self.scopes.append(scope)
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.body", "body": b"ok"})


def scope(secret: str = "", path: str = "/things/a", **changes: Any) -> dict[str, Any]:
    fields = [(b"host", b"a")]
    if secret:
        fields.append((b"authorization", f"Bearer {secret}".encode()))
    return {
        "type": "http",
        "method": "GET",
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": fields,
        "client": ("127.0.0.1", 4711),
        "extensions": {"websocket.http.response": {}},
    } | changes


async def ask(app: Any, asked: dict[str, Any]) -> tuple[int, Any]:
    """Return the status and the document of the answer; 101 for an accepted handshake."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    await app(asked, receive, send)
    if not sent:
        return 0, None
    if sent[0]["type"] == "websocket.accept":
        return 101, None
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(body) if body.startswith(b"{") else body


class Lifespan:
    """A server's side of the lifespan."""

    def __init__(self, app: Any) -> None:
        self.said: asyncio.Queue[Any] = asyncio.Queue()
        self._heard: asyncio.Queue[Any] = asyncio.Queue()
        lifespan = {"type": "lifespan", "state": {}}
        self._task = asyncio.create_task(app(lifespan, self._heard.get, self.said.put))

    async def start(self) -> Any:
        await self._heard.put({"type": "lifespan.startup"})
        return await asyncio.wait_for(self.said.get(), 20)

    async def stop(self) -> Any:
        await self._heard.put({"type": "lifespan.shutdown"})
        ended = await asyncio.wait_for(self.said.get(), 20)
        await self._task
        return ended


def guarded(house: House, app: Any = None, **further: Any) -> Middleware:
    return Middleware(app or Behind(), house.settings, real(), **further)


class TestOpening:
    def test_by_the_lifespan_and_closed_by_it(self, house: House) -> None:
        app = guarded(house)

        async def live() -> None:
            lifespan = Lifespan(app)
            assert await lifespan.start() == {"type": "lifespan.startup.complete"}
            assert app._opening.now is not None
            assert (await ask(app, scope(house.secret)))[0] == 200
            assert await lifespan.stop() == {"type": "lifespan.shutdown.complete"}
            assert app._opening.now is None

        asyncio.run(live())

    def test_the_lifespan_of_a_framework_runs_inside(self, house: House) -> None:
        seen: list[Any] = []

        @contextlib.asynccontextmanager
        async def lifespan(_: Starlette) -> Any:
            seen.append(app._opening.now is not None)
            yield {"pool": "open"}
            seen.append(app._opening.now is not None)

        app = guarded(house, Starlette(lifespan=lifespan))

        async def live() -> None:
            served = Lifespan(app)
            assert (await served.start())["type"] == "lifespan.startup.complete"
            assert (await served.stop())["type"] == "lifespan.shutdown.complete"

        asyncio.run(live())
        assert seen == [True, True]

    def test_by_the_first_request_where_no_lifespan_comes(self, house: House) -> None:
        app = guarded(house)

        async def live() -> None:
            many = [ask(app, scope(house.secret)) for _ in range(8)]
            assert [status for status, _ in await asyncio.gather(*many)] == [200] * 8

        asyncio.run(live())
        app._opening.close()

    def test_in_every_loop_anew_if_it_must(self, house: House) -> None:
        app = guarded(house)
        for _ in range(2):
            assert asyncio.run(ask(app, scope(house.secret)))[0] == 200
        app._opening.close()

    def test_without_a_lifespan_the_end_of_the_process_writes_what_waits(
        self, house: House
    ) -> None:
        if house.settings.database_file is None:
            return
        code = (
            "import asyncio, keyreeve; from app.test_middleware import Behind, ask, scope;"
            f"app = keyreeve.guard(Behind(), database_url={house.settings.database_url!r});"
            f"assert asyncio.run(ask(app, scope({house.secret!r}, '/none')))[0] == 404"
        )
        path = os.pathsep.join(sys.path)
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONPATH": path},
            check=True,
            timeout=60,
        )
        (file,) = house.settings.data_dir.glob("records-*.db")
        with contextlib.closing(sqlite3.connect(file)) as records:
            (table,) = records.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%decision_id%'"
                " AND sql LIKE '%outcome%'"
            ).fetchone()
            assert records.execute(f"SELECT outcome FROM {table}").fetchall() == [("deny",)]

    def test_where_it_fails_the_server_does_not_start(self, house: House, tmp_path: Path) -> None:
        broken = replace(house.settings, master_key_file=tmp_path / "none")

        async def live() -> Any:
            return await Lifespan(Middleware(Behind(), broken, real())).start()

        failed = asyncio.run(live())
        assert failed["type"] == "lifespan.startup.failed"
        assert str(tmp_path / "none") in failed["message"]

    @pytest.mark.parametrize(
        ("type_", "status"), [("http", 500), ("websocket", 500), ("webtransport", 0)]
    )
    def test_where_it_fails_everybody_is_denied(
        self,
        house: House,
        tmp_path: Path,
        type_: str,
        status: int,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        behind = Behind()
        broken = replace(house.settings, master_key_file=tmp_path / "none")
        app = Middleware(behind, broken, real())
        with caplog.at_level(logging.ERROR, "keyreeve.guard"):
            found, document = asyncio.run(ask(app, scope(house.secret, type=type_)))
        assert (found, behind.scopes) == (status, [])
        assert document is None or document["errorCode"] == "UNEXPECTED_ERROR"
        assert caplog.records


class TestDoor:
    def asked(self, house: House, *scopes: dict[str, Any], **further: Any) -> tuple[Any, Behind]:
        behind = Behind()
        app = guarded(house, behind, **further)

        async def all_of_them() -> list[tuple[int, Any]]:
            return [await ask(app, asked) for asked in scopes]

        answers = asyncio.run(all_of_them())
        app._opening.close()
        return answers, behind

    def test_what_is_allowed_carries_its_verdict(self, house: House) -> None:
        _, behind = self.asked(house, scope(house.secret))
        verdict = behind.scopes[0]["keyreeve"]
        assert verdict.subject.username == "a@b.org"
        assert verdict.key_id == house.key.id
        assert len(verdict.decision_id) == 24

    def test_what_is_not_gets_the_answers_of_the_public_api(self, house: House) -> None:
        secret = house.secret
        answers, behind = self.asked(
            house,
            scope(),
            scope(secret, "/nothing"),
            scope(secret, method="PUT"),
            scope(secret, "/groups/none"),
            scope(secret, "//things"),
            scope(secret, raw_path=None),
        )
        assert [status for status, _ in answers] == [401, 404, 405, 404, 400, 400]
        assert [document.get("errorCode") for _, document in answers] == [
            None,
            "RESOURCE_NOT_FOUND",
            "METHOD_NOT_ALLOWED",
            "GROUP_NOT_FOUND",
            "TARGET_FORM_UNSUPPORTED",
            "TARGET_FORM_UNSUPPORTED",
        ]
        assert not behind.scopes

    def test_a_key_that_was_disabled_elsewhere_is_refused_at_the_next_request(
        self, house: House
    ) -> None:
        app = guarded(house)

        async def live() -> list[int]:
            before = await ask(app, scope(house.secret))
            house.disable()
            after = await ask(app, scope(house.secret))
            return [before[0], after[0]]

        assert asyncio.run(live()) == [200, 401]
        app._opening.close()

    def test_an_escaped_slash_needs_an_application_that_reads_raw_paths(self, house: House) -> None:
        asked = scope(house.secret, path="/things/a/b", raw_path=b"/things/a%2Fb")
        assert self.asked(house, dict(asked))[0][0][0] == 400
        assert self.asked(house, dict(asked), raw_paths=True)[0][0][0] == 200

    def test_a_handshake_passes_where_it_is_declared(self, house: House) -> None:
        handshake = {"type": "websocket"}
        answers, behind = self.asked(
            house,
            scope(house.secret, "/talk", **handshake),
            scope(house.secret, **handshake),
            scope("", "/talk", **handshake),
        )
        assert [status for status, _ in answers] == [101, 403, 401]
        assert [each["keyreeve"].key_id for each in behind.scopes] == [house.key.id]

    def test_mounted_it_judges_the_whole_path(self, house: House) -> None:
        app = guarded(house)
        outer = Starlette(routes=[Mount("/mount", app=app)])

        async def both() -> list[int]:
            paths = ["/mount/things", "/mount/things/a"]
            return [(await ask(outer, scope(house.secret, path)))[0] for path in paths]

        assert asyncio.run(both()) == [200, 404]
        app._opening.close()

    def test_a_bearer_key_over_plain_http_is_refused_unless_clients_come_by_https(
        self, house: House
    ) -> None:
        far = {"client": ("203.0.113.9", 4711)}
        assert self.asked(house, scope(house.secret, **far))[0][0][0] == 401
        house.settings = replace(house.settings, public_url="https://api.example.org")
        assert self.asked(house, scope(house.secret, **far))[0][0][0] == 200


class TestGuard:
    def test_settings_are_looked_at_at_once(self) -> None:
        for name, value in (("databse_url", "x"), ("bearer", "perhaps")):
            with pytest.raises(SettingsError, match=f"^{name}: "):
                keyreeve.guard(Behind(), **{name: value})

    def test_nothing_is_opened_before_it_is_needed(self, tmp_path: Path) -> None:
        keyreeve.guard(Behind(), database_url=f"sqlite:///{tmp_path}/k.db")
        assert not list(tmp_path.iterdir())

    def test_importing_costs_nothing(self) -> None:
        code = (
            "import sys, keyreeve; loaded = {name.split('.')[0] for name in sys.modules};"
            "assert not loaded & {'sqlalchemy', 'starlette', 'uvicorn', 'asyncio'}, loaded;"
            "assert [n for n in sys.modules if n.startswith('keyreeve')] == ['keyreeve']"
        )
        subprocess.run([sys.executable, "-c", code], check=True, timeout=30)

    def test_servers_find_the_strict_protocol_by_name(self) -> None:
        assert keyreeve.StrictHttp is StrictHttpToolsProtocol
        with pytest.raises(AttributeError):
            _ = keyreeve.nothing
