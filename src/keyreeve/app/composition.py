"""The composition: every room put together into one ASGI application."""

from contextlib import ExitStack
from importlib import metadata
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from keyreeve.api import first_user, problems, published
from keyreeve.api.application import BASES, Api, operations
from keyreeve.api.described import OWN
from keyreeve.api.first_user import FirstUserDoor
from keyreeve.api.published import Published
from keyreeve.app import proxies, throttles, watch
from keyreeve.app.access_log import AccessLog
from keyreeve.app.entrance import Entrance
from keyreeve.app.health import Health
from keyreeve.app.lifetime import Lifetime
from keyreeve.console.application import Console
from keyreeve.domain.catalogue import Catalogue
from keyreeve.domain.edge import Edge
from keyreeve.enforcement import answers
from keyreeve.enforcement.callers import Callers
from keyreeve.enforcement.guard import Guard
from keyreeve.enforcement.open_paths import OpenPaths
from keyreeve.judge.judge import Judge
from keyreeve.judge.ledger import DictLedger, Ledger
from keyreeve.judge.recorder import Recorder
from keyreeve.judge.shared_ledger import MmapLedger
from keyreeve.settings import Settings
from keyreeve.storage.database import Database

DEFAULT_URL = "http://127.0.0.1:8080"
ANYONE = "anyone"


class Application:
    """What one process serves: requests, its own start and end, and a warning before the end."""

    def __init__(self, entrance: Entrance, lifetime: Lifetime, edge: Edge) -> None:
        self._entrance = entrance
        self._requests = AccessLog(entrance, edge)
        self._lifetime = lifetime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan of the process."""
        serve = self._lifetime if scope["type"] == "lifespan" else self._requests
        await serve(scope, receive, send)

    def drain(self) -> None:
        """Answer that we are not ready any more, and close connections after their answers."""
        self._entrance.drain()


def create(settings: Settings, edge: Edge, *, shared_ledger: Path | None = None) -> Application:
    """Compose the application of one process; its lifespan closes what is opened here.

    `shared_ledger` is the ledger of all processes, where there are several.

    Raises:
        StartRefused: the installation cannot be opened.
    """
    with ExitStack() as opened:
        database = Database.open(settings, edge)
        opened.callback(database.close)
        opened.enter_context(watch.over(database))
        recorder = Recorder(database.records, edge)
        ledger = _ledger(settings, edge, shared_ledger, opened)
        asking = proxies.callers(settings, edge)
        door = _door(settings, edge, database, recorder, ledger, asking)
        entrance = Entrance(
            _open(settings, edge, database, door, asking),
            bases=BASES,
            health=Health(database),
            console=_console(settings, edge, database, asking),
        )
        lifetime = Lifetime(
            recorder,
            database.records,
            edge,
            records_days=settings.records_days,
            resources=opened.pop_all(),
        )
        return Application(entrance, lifetime, edge)


def _ledger(settings: Settings, edge: Edge, shared: Path | None, opened: ExitStack) -> Ledger:
    if shared is None:
        return DictLedger(edge, lifetime=settings.nonce_seconds * 1000)
    ledger = MmapLedger.open(shared, edge)
    opened.callback(ledger.close)
    return ledger


def _console(settings: Settings, edge: Edge, database: Database, asking: Callers) -> Console:
    return Console(
        database,
        edge,
        public_url=settings.public_url or DEFAULT_URL,
        own=OWN,
        caller=proxies.caller(asking),
        anyone_makes_groups=settings.group_creation == ANYONE,
    )


def _open(
    settings: Settings, edge: Edge, database: Database, door: Guard, asking: Callers
) -> OpenPaths:
    """Let the few paths past the door that need no proof."""
    url = settings.public_url or DEFAULT_URL
    opened: dict[str, ASGIApp] = {
        first_user.PATH: FirstUserDoor(database, public_url=url, enabled=settings.first_user_api),
        published.PATH: Published(answers.PROBLEMS),
    }
    paths = {base + path: app for base in BASES for path, app in opened.items()}
    return OpenPaths(door, paths, new_id=edge.new_id, callers=asking)


def _door(  # noqa: PLR0913, PLR0917 - what one process shares
    settings: Settings,
    edge: Edge,
    database: Database,
    recorder: Recorder,
    ledger: Ledger,
    asking: Callers,
) -> Guard:
    """Put the public API behind its own door."""
    judge = Judge(
        database,
        Catalogue(operations, bases=BASES),
        ledger,
        recorder,
        algorithms=settings.digest_algorithms,
        nonce_seconds=settings.nonce_seconds,
        bearer=settings.bearer,
        throttle=throttles.throttle(settings, edge),
    )
    url = settings.public_url or DEFAULT_URL
    api = Api(
        database,
        public_url=url,
        build=metadata.version("keyreeve"),
        anyone_makes_groups=settings.group_creation == ANYONE,
    )
    https = url.startswith("https://")
    return Guard(
        api,
        judge,
        problems.render,
        https=https,
        new_id=edge.new_id,
        callers=asking,
    )
