"""The example of the demo: a clusters API, served by a process of its own, with a door inside."""

import importlib.util
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import uvicorn

from keyreeve.app import edge, logs, middleware, privacy, serving
from keyreeve.app.serving import ENDING, Listening
from keyreeve.cli import openapi_files
from keyreeve.cli.installations import actor
from keyreeve.services import catalogue
from keyreeve.settings import Settings
from keyreeve.storage.transaction import Transaction

STOP_SECONDS = 5

_PLACES = (Path(__file__).parents[1], Path(__file__).parents[3])
"""In an installed package, and in a checkout."""
_FORK: Final = multiprocessing.get_context("fork")


def fill_catalogue(t: Transaction) -> None:
    """Make the operations of the example those that doors go by."""
    reading = openapi_files.read(str(_folder() / "openapi.yaml"))
    catalogue.replace(t, actor(), reading.operations)


@contextmanager
def guarded(settings: Settings) -> Iterator[str]:
    """Serve the example on any free port until the end, and say under which URL.

    The caller has blocked the signals that end us, so that none comes amid the fork.
    """
    listening = Listening.on("127.0.0.1", 0)
    process = _FORK.Process(target=_serve, args=(settings, listening, os.getpid()))
    process.start()
    listening.socket.close()
    try:
        yield listening.url
    finally:
        process.terminate()
        process.join(STOP_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()


def _serve(settings: Settings, listening: Listening, parent: int) -> None:
    """Be the process of the example."""
    for sig in ENDING:
        signal.signal(sig, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    privacy.die_with(parent)
    privacy.keep_memory_private()
    logs.configure(settings.log_level)
    serving.allow_connections()
    application = middleware.Middleware(_application(), settings, edge.real(), raw_paths=True)
    config = uvicorn.Config(
        application, interface="asgi3", log_config=None, access_log=False, proxy_headers=False
    )
    uvicorn.Server(config).run(sockets=[listening.socket])


def _application() -> Any:  # noqa: ANN401 - any ASGI
    """Load the example from its file: it is nobody's module but its own."""
    spec = importlib.util.spec_from_file_location("clusters", _folder() / "clusters.py")
    if spec is None or spec.loader is None:
        raise ImportError("clusters.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


def _folder() -> Path:
    return next(folder for at in _PLACES if (folder := at / "examples" / "clusters").is_dir())
