"""Parameters of an Authorization field: `name=token` and `name="quoted string"`, in one pass."""

import re
from typing import NamedTuple

MOST = 32
"""Parameters of one field."""

_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_QUOTED = r'"((?:[^"\\\x00-\x1f\x7f-\x9f]++|\\[^\x00-\x1f\x7f-\x9f])*+)"'
# Possessive throughout: nothing is read twice, so that no field is slow to refuse.
_PARAMETER = re.compile(
    rf"[ \t,]*+({_NAME})[ \t]*+=[ \t]*+(?:({_NAME})|{_QUOTED})[ \t]*+(?:,[ \t,]*+|\Z)"
)
_ESCAPED = re.compile(r"\\(.)")


class MalformedParameters(ValueError):
    """The field does not follow the grammar, or says something twice."""


class Parameters(NamedTuple):
    """The parameters by lower-case name, apart by how they were written."""

    tokens: dict[str, str]
    quoted: dict[str, str]
    """Without their quotes and escapes."""


def read(text: str) -> Parameters:
    """Read the parameters that follow an authentication scheme (RFC 9110, section 11.2).

    Raises:
        MalformedParameters: the grammar is broken, a control stands in it, a name stands twice,
            or there are more than `MOST`.
    """
    parameters = Parameters({}, {})
    place = 0
    for _ in range(MOST):
        match = _PARAMETER.match(text, place)
        if match is None:
            raise MalformedParameters("a parameter is malformed")
        _put(parameters, *match.groups())
        place = match.end()
        if place == len(text):
            return parameters
    raise MalformedParameters(f"there are more than {MOST} parameters")


def quote(text: str) -> str:
    """Write a quoted string (RFC 9110, section 5.6.4)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _put(parameters: Parameters, name: str, token: str | None, quoted: str | None) -> None:
    """Keep one parameter under its name, whose case carries no meaning."""
    name = name.lower()
    if name in parameters.tokens or name in parameters.quoted:
        raise MalformedParameters("a parameter stands twice")
    if token is not None:
        parameters.tokens[name] = token
    elif quoted is not None:
        parameters.quoted[name] = _ESCAPED.sub(r"\1", quoted) if "\\" in quoted else quoted
