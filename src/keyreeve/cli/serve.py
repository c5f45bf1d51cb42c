"""`keyreeve serve`: the console and the public API over HTTP."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from keyreeve.app import environment, first_run, serving
from keyreeve.cli.answers import SAID, Answer, Output

MOST_WORKERS = 64

Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65535))]


def serve(
    *,
    host: str = "127.0.0.1",
    port: Port = 8080,
    workers: Annotated[int, Parameter(validator=Number(gte=1, lte=MOST_WORKERS))] = 1,
    output: Annotated[Output, Parameter(parse=False)],
) -> Answer:
    """Serve the console and the public API until SIGTERM or Ctrl-C. The log goes to standard error.

    Parameters
    ----------
    host
        The address to listen on.
    port
        The port to listen on; 0 takes any free one.
    workers
        How many processes serve.
    """
    settings = environment.settings()
    listening = serving.Listening.on(host, port)

    def started(url: str) -> None:
        output.say(_said(url, workers, first_run.link(settings, url)))

    serving.serve(settings, listening, workers=workers, started=started)
    return SAID


def _said(url: str, workers: int, setup_url: str | None) -> Answer:
    """Say where we listen, and while there are no users where the first account is made."""
    document: dict[str, object] = {"url": url, "workers": workers}
    text = f"Keyreeve listens on {url}"
    if setup_url is not None:
        document["setupUrl"] = setup_url
        text += (
            f"\n\nThere are no users yet. Create the first account, within an hour:\n  {setup_url}"
        )
    return Answer(document, text)
