"""`keyreeve recipe`: a configuration for the proxy that stands in front of an API."""

import sys
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from cyclopts import Parameter

from keyreeve.cli.answers import SAID, Answer, Output
from keyreeve.domain.errors import Refusal
from keyreeve.enforcement.recipes import places, written
from keyreeve.enforcement.recipes.places import MalformedPlace
from keyreeve.enforcement.recipes.template import File


class BadPlace(Refusal):
    """A recipe cannot be written for this place."""

    code: ClassVar[str] = "INVALID_PLACE"
    sentence: ClassVar[str] = "{0}: {1}."


class CannotWrite(Refusal):
    """A file of the recipe cannot be written."""

    code: ClassVar[str] = "CANNOT_WRITE"
    sentence: ClassVar[str] = "{0}: {1}."


Proxy = Annotated[
    Literal["nginx", "caddy", "traefik", "envoy"],
    Parameter(name="PROXY", help="The proxy that stands in front of the API."),
]
Api = Annotated[str, Parameter(help="The URL of the API: http or https, host and port, no path.")]
GateAt = Annotated[
    str, Parameter(help="Where `keyreeve gate` listens: HOST:PORT, or unix:PATH for a socket file.")
]
ListenOn = Annotated[str, Parameter(help="ADDRESS:PORT on which the proxy is to listen.")]
Trusted = Annotated[
    tuple[str, ...],
    Parameter(
        negative=(),
        show_default=False,
        help="A proxy or network in front, whose word on addresses counts; may be repeated.",
    ),
]
Websockets = Annotated[
    bool, Parameter(negative=(), help="Let calls that were allowed become websockets.")
]
GroupHeaders = Annotated[
    tuple[str, ...],
    Parameter(
        negative=(),
        show_default=False,
        help="A field in which callers name a group, by x-keyreeve-group; may be repeated.",
    ),
]
Folder = Annotated[
    Path | None, Parameter(name="--output", help="A folder for the files, instead of printing.")
]


def recipe(  # noqa: PLR0913 - one argument for each option
    proxy: Proxy,
    /,
    *,
    upstream: Api,
    gate: GateAt = "127.0.0.1:8081",
    listen: ListenOn = "127.0.0.1:8000",
    trusted_proxy: Trusted = (),
    websockets: Websockets = False,
    group_header: GroupHeaders = (),
    folder: Folder = None,
    output: Annotated[Output, Parameter(parse=False)],
) -> Answer:
    """Print a whole configuration that lets nothing through but what the gate allows."""
    try:
        wanted = places.read(
            upstream,
            gate,
            listen,
            trusted=trusted_proxy,
            websockets=websockets,
            group_headers=group_header,
        )
        files = written.RECIPES[proxy](wanted)
    except MalformedPlace as malformed:
        raise BadPlace(malformed.text, malformed.reason.rstrip(".")) from malformed
    document = {"proxy": proxy, "files": [file._asdict() for file in files]}
    if folder is not None:
        return Answer(document, _kept(files, folder))
    if output.as_json:
        return Answer(document, "")
    # As it is: a tab, which no terminal needs, is one in a file.
    sys.stdout.write(_shown(files))
    return SAID


def _shown(files: tuple[File, ...]) -> str:
    """Return one file as it is; several with the name of each above it."""
    if len(files) == 1:
        return files[0].content
    return "\n".join(f"# ----- {file.name} -----\n{file.content}" for file in files)


def _kept(files: tuple[File, ...], folder: Path) -> str:
    """Write the files and say where; one that is there already stays."""
    lines = []
    for file in files:
        path = folder / file.name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as stream:
                stream.write(file.content)
        except FileExistsError as there:
            raise CannotWrite(str(path), "it is there already; remove it first") from there
        except OSError as failure:
            raise CannotWrite(str(path), failure.strerror or str(failure)) from failure
        lines.append(f"Wrote {path}")
    return "\n".join(lines)
