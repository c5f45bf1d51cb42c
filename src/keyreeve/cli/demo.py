"""`keyreeve demo`: everything at once, in a folder that is gone afterwards."""

import signal
import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from keyreeve import settings as rules
from keyreeve.app import edge, serving
from keyreeve.cli import example, playground
from keyreeve.cli.answers import SAID, Answer, Output
from keyreeve.cli.playground import Playground, Step
from keyreeve.cli.serve import Port
from keyreeve.settings import Settings
from keyreeve.storage.database import Database


def demo(*, port: Port = 8080, output: Annotated[Output, Parameter(parse=False)]) -> Answer:
    """Serve a throwaway installation and an API that it guards, and print what to try.

    Parameters
    ----------
    port
        The port to listen on; 0 takes any free one.
    """
    listening = serving.Listening.on("127.0.0.1", port)
    # A signal that comes early waits until the folder is sure to be removed.
    signal.pthread_sigmask(signal.SIG_BLOCK, serving.ENDING)
    serving.end_quietly()
    with tempfile.TemporaryDirectory(prefix="keyreeve-demo-") as folder:
        settings = _settings(Path(folder))
        made = _furnished(settings)
        with example.guarded(settings) as guarded:

            def started(url: str) -> None:
                output.say(_guide(made, url, guarded))

            signal.pthread_sigmask(signal.SIG_UNBLOCK, serving.ENDING)
            serving.serve(settings, listening, workers=1, started=started)
    return SAID


def _settings(folder: Path) -> Settings:
    """Return the same settings everywhere, whatever stands in the environment."""
    return rules.load(
        {
            "KEYREEVE_DATABASE_URL": f"sqlite:///{folder / 'keyreeve.db'}",
            "KEYREEVE_LOG_LEVEL": "warning",
        }
    )


def _furnished(settings: Settings) -> Playground:
    database = Database.open(settings, edge.real())
    try:
        with database.transaction() as t:
            example.fill_catalogue(t)
        return playground.furnish(database)
    finally:
        database.close()


def _guide(made: Playground, url: str, guarded: str) -> Answer:
    ours, theirs = playground.steps(made, url), playground.guarded_steps(made, guarded)
    document = {
        "url": url,
        "exampleUrl": guarded,
        "users": [
            {
                "username": p.user.username,
                "id": p.user.id,
                "password": p.password,
                "key": p.key,
            }
            for p in made.people
        ],
        "groups": {"demo": made.open_group, "closed": made.closed_group},
        "steps": [
            {"status": s.status, "title": s.title, "command": s.command} for s in ours + theirs
        ],
    }
    people = "\n".join(f"  {p.user.username:<18} {p.key}  {p.about}" for p in made.people)
    logins = "\n".join(f"  {p.user.username:<18} {p.password}" for p in made.people)
    text = (
        f"Keyreeve listens on {url}, with a throwaway installation.\n\n"
        f"Its users, each with one API key:\n\n{people}\n\n"
        f"The console is at {url}/ for a browser. Their passwords there:\n\n{logins}\n\n"
        "Paste these into another terminal. Each prints the answer, and then its status.\n\n"
        f"{_tries(ours)}\n\n"
        f"Keyreeve guards other APIs, too. The clusters API of examples/ is at {guarded},\n"
        "with the door inside. Users and keys are the same; its OpenAPI document says who\n"
        f"may do what.\n\n{_tries(theirs)}\n\n"
        "Ctrl-C stops the demo and removes everything it made."
    )
    return Answer(document, text)


def _tries(steps: tuple[Step, ...]) -> str:
    return "\n\n".join(f"# {s.title}  ->  {s.status}\n{s.command}" for s in steps)
