"""The API reference: the pages of docs/api and docs/errors, for anybody to read."""

import posixpath
from functools import cache, partial
from pathlib import Path
from typing import Literal

from keyreeve.console import admission, answers, problems, prose, shells
from keyreeve.console.admission import HalfSignedIn, SignedOut
from keyreeve.console.answers import Answer
from keyreeve.console.parts import Shell
from keyreeve.console.prose import Prose
from keyreeve.console.routes import Route
from keyreeve.console.views import Reference
from keyreeve.console.visit import Rule, Visit

PATH = "/docs/api/"
ERRORS = "/docs/errors/"
DOCUMENT = "/api/public/v1.0/openapi.json"

FOLDERS = (Path(__file__).parents[1] / "reference", Path(__file__).parents[3] / "docs")
"""In an installed package, and in a checkout."""

_INDEX = "README"
_KINDS = ("api", "errors")


def show_resource(visit: Visit) -> Answer:
    """Show the principles, or the page of a resource."""
    return _shown(visit, PATH + visit.parameters.get("resource", ""))


def show_error(visit: Visit) -> Answer:
    """Show all error codes, or what one of them means."""
    return _shown(visit, ERRORS + visit.parameters.get("code", ""))


@cache
def every() -> dict[str, str]:
    """Return the text of every page, by the path where it is served."""
    folder = next(folder for folder in FOLDERS if (folder / "api").is_dir())
    files = (file for kind in _KINDS for file in sorted((folder / kind).glob("*.md")))
    return {_path(f"{file.parent.name}/{file.stem}"): file.read_text("utf-8") for file in files}


@cache
def read(path: str) -> Prose:
    """Return a page of `every` as HTML."""
    return prose.written(every()[path], partial(_leads, path.split("/")[2]))


def _shown(visit: Visit, path: str) -> Answer:
    if path not in every():
        return problems.not_found(visit)
    page = read(path)
    tab: Literal["api", "errors"] = "errors" if path.startswith(ERRORS) else "api"
    return answers.page(Reference(_shell(visit), page.title, page.body, tab))


def _shell(visit: Visit) -> Shell:
    """Return the shell of whoever reads; one need not be signed in."""
    try:
        with admission.look(visit) as (s, admitted):
            return shells.of(visit, s, admitted, "none")
    except (HalfSignedIn, SignedOut):
        return shells.bare(visit)


def _leads(kind: str, link: str) -> str | None:
    """Return where a link between our pages leads; nothing else is linked to."""
    file, mark, fragment = link.partition("#")
    if not file:
        return link
    name, suffix = posixpath.splitext(posixpath.normpath(posixpath.join(kind, file)))
    if name + suffix == "api/openapi.json":
        return DOCUMENT
    path = _path(name)
    return path + mark + fragment if suffix == ".md" and path in every() else None


def _path(name: str) -> str:
    return f"/docs/{name.removesuffix(_INDEX)}"


_ANYONE = Rule("anyone")

routes = (
    Route("GET", PATH, show_resource, _ANYONE),
    Route("GET", PATH + "{resource}", show_resource, _ANYONE),
    Route("GET", ERRORS, show_error, _ANYONE),
    Route("GET", ERRORS + "{code}", show_error, _ANYONE),
)
