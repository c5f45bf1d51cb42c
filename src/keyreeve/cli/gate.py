"""`keyreeve gate`: a door for proxies that ask about every request before they pass it on."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from keyreeve.app import environment, gate_sockets, gating
from keyreeve.cli.answers import SAID, Answer, Output
from keyreeve.cli.serve import MOST_WORKERS, PresetName
from keyreeve.enforcement.gate_presets import PRESETS


def gate(
    *,
    listen: str = "127.0.0.1:8081",
    preset: PresetName = "nginx",
    workers: Annotated[int, Parameter(validator=Number(gte=1, lte=MOST_WORKERS))] = 1,
    output: Annotated[Output, Parameter(parse=False)],
) -> Answer:
    """Answer a proxy's questions with 200, 401 or 403 until SIGTERM or Ctrl-C, under any path.

    Parameters
    ----------
    listen
        HOST:PORT, or unix:PATH for a socket file; whoever may open that is believed.
    preset
        The proxy that asks, and so the header fields that are read.
    workers
        How many processes answer.
    """
    settings = environment.settings()
    with gate_sockets.listening(listen) as listening:

        def started() -> None:
            document = {"listen": listening.shown, "preset": preset, "workers": workers}
            output.say(Answer(document, f"The gate listens on {listening.shown} for {preset}"))

        gating.gate(settings, listening, PRESETS[preset], workers=workers, started=started)
    return SAID
