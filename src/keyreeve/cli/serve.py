"""`keyreeve serve`: the console and the public API over HTTP, and a gate beside them."""

from contextlib import ExitStack
from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter
from cyclopts.validators import Number

from keyreeve.app import environment, first_run, gate_sockets, gating, serving
from keyreeve.app.gate_sockets import GateSocket
from keyreeve.cli.answers import SAID, Answer, Output
from keyreeve.enforcement.gate_presets import PRESETS

MOST_WORKERS = 64

PresetName: TypeAlias = Literal["nginx", "caddy", "traefik", "envoy"]
Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65535))]


def serve(  # noqa: PLR0913 - each is an option of the command line
    *,
    host: str = "127.0.0.1",
    port: Port = 8080,
    workers: Annotated[int, Parameter(validator=Number(gte=1, lte=MOST_WORKERS))] = 1,
    gate: str | None = None,
    gate_preset: PresetName = "nginx",
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
    gate
        Where a gate listens, which is run as one more process: HOST:PORT or unix:PATH.
    gate_preset
        The proxy that asks the gate.
    """
    settings = environment.settings()
    with ExitStack() as closing:
        listening = serving.Listening.on(host, port)
        beside, child = None, None
        if gate is not None:
            beside = closing.enter_context(gate_sockets.listening(gate))
            child = gating.child(settings, beside, PRESETS[gate_preset])

        def started(url: str) -> None:
            said = _said(url, workers, first_run.link(settings, url))
            output.say(said if beside is None else _with_gate(said, beside, gate_preset))

        serving.serve(settings, listening, workers=workers, started=started, gate=child)
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


def _with_gate(said: Answer, gate: GateSocket, preset: str) -> Answer:
    """Say where the gate listens as well."""
    document = {**said.document, "gate": {"listen": gate.shown, "preset": preset}}
    return Answer(document, f"The gate listens on {gate.shown} for {preset}\n{said.text}")
