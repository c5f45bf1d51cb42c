"""Templates: a page view goes in, HTML comes out. Everything is escaped, nothing is optional."""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from keyreeve.console import static_files
from keyreeve.console.views import Page

TEMPLATES = Path(__file__).parent / "templates"

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def render(page: Page) -> str:
    """Render the template that is named as the view is."""
    name = _WORD.sub("_", type(page).__name__).lower()
    return _environment().get_template(f"{name}.html").render(page=page, shell=page.shell)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = static_files.path
    environment.filters["drawn"] = _drawn
    return environment


def _drawn(svg: str) -> Markup:
    """Let a drawing through as it is; only our own second-factor page holds one."""
    return Markup(svg)  # noqa: S704  # segno drew it from a secret that we made
