"""JSON as every reader understands it: no duplicate names, no NaN (RFC 8259, section 4)."""

import json
import re
from typing import Any

from keyreeve.api.refusals import InvalidJson

DEPTH_LIMIT = 32

_HALF_PAIR = re.compile("[\ud800-\udfff]")


def loads(raw: bytes) -> Any:  # noqa: ANN401  it is what JSON says it is
    """Read one JSON text in UTF-8.

    Raises:
        InvalidJson: it is none, or two readers could take it for different values.
    """
    try:
        text = raw.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_finite,
            parse_constant=_constant,
        )
    except UnicodeDecodeError:
        raise InvalidJson("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise InvalidJson(f"line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise InvalidJson(f"at most {DEPTH_LIMIT} levels") from None
    except ValueError:
        raise InvalidJson("a number is too long") from None
    _check(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise InvalidJson(f"{_HALF_PAIR.sub('?', name)} is given twice")
        members[name] = value
    return members


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise InvalidJson("a number is too large")
    return number


def _constant(text: str) -> float:
    raise InvalidJson(f"{text} is no JSON")


def _check(value: Any) -> None:  # noqa: ANN401  see loads
    """Refuse depths, and halves of surrogate pairs, which no UTF-8 can hold."""
    level = [value]
    for _ in range(DEPTH_LIMIT):
        texts = [item for item in level if isinstance(item, str)]
        texts += [name for item in level if isinstance(item, dict) for name in item]
        if any(_HALF_PAIR.search(text) for text in texts):
            raise InvalidJson("half a surrogate pair stands in it")
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return
    raise InvalidJson(f"at most {DEPTH_LIMIT} levels")


def _inside(value: Any) -> list[Any]:  # noqa: ANN401  see loads
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
