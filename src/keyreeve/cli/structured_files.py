"""Structured files: JSON or YAML from a file, a URL or standard input, read strictly."""

import json
import sys
from collections.abc import Hashable
from concurrent.futures import Future, wait
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from typing import Any
from urllib import request
from urllib.error import URLError

import yaml

SIZE_LIMIT = 32 * 1024 * 1024
SECONDS = 20
"""How long a server may be silent."""
WHOLE_SECONDS = 30
"""How long all of it may take, from looking up the name to the last byte."""

_WEB = ("http://", "https://")
_FAILURES = (OSError, ValueError, HTTPException)
"""What a download may run into."""


class Unreadable(ValueError):
    """It cannot be had, or is neither JSON nor YAML; says why."""


def read(source: str) -> object:
    """Read a file, an http or https URL, or `-` for standard input. No key may stand twice.

    Raises:
        Unreadable: saying why.
    """
    try:
        return _parsed(_fetched(source))
    except OSError as failure:
        raise Unreadable(_why(failure)) from failure
    except (ValueError, yaml.YAMLError, RecursionError, HTTPException) as failure:
        raise Unreadable(" ".join(str(failure).split())) from failure


def _fetched(source: str) -> bytes:
    if source.startswith(_WEB):
        data = _downloaded_in_time(source)
    elif source == "-":
        data = sys.stdin.buffer.read(SIZE_LIMIT + 1)
    else:
        with Path(source).open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise ValueError(f"it holds more than {SIZE_LIMIT} bytes")
    return data


def _downloaded_in_time(url: str) -> bytes:
    """Download in a thread, which is left behind if it does not end: no look-up can be ended."""
    answer: Future[bytes] = Future()
    Thread(target=_download, args=(url, answer), name="download", daemon=True).start()
    if not wait((answer,), WHOLE_SECONDS).done:
        raise ValueError(f"it did not come within {WHOLE_SECONDS} seconds")
    try:
        return answer.result()
    finally:
        del answer  # a failure would hold itself in memory, and its connection open


def _download(url: str, answer: Future[bytes]) -> None:
    try:
        answer.set_result(_downloaded(url))
    except _FAILURES as failure:  # raised again where it is waited for
        answer.set_exception(failure)
        del answer


def _downloaded(url: str) -> bytes:
    with _opener().open(url, timeout=SECONDS) as answer:
        data: bytes = answer.read(SIZE_LIMIT + 1)
        if answer.length and len(data) <= SIZE_LIMIT:
            # YAML that ends too early is YAML, but for the marks that stood behind.
            raise ValueError("the connection ended before the document did")
    return data


def _opener() -> request.OpenerDirector:
    """Return what speaks HTTP and nothing else: a redirection may name another protocol."""
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.UnknownHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPRedirectHandler,
        request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    opener.addheaders.append(("Accept", "application/json, application/yaml"))
    return opener


def _parsed(data: bytes) -> object:
    """Read JSON, or else YAML, of which JSON is nearly a part. No key may stand twice."""
    text = data.decode("utf-8-sig")
    if text.lstrip().startswith("{"):
        return json.loads(text, object_pairs_hook=_object)
    return yaml.load(text, _StrictLoader)  # noqa: S506 - it is a safe one


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in an object")
    return found


class _StrictLoader(yaml.SafeLoader):
    """Plain values only; no key twice, and no aliases, which can make much of little."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise ValueError("aliases are not read")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - as the library calls it
        found = super().construct_mapping(node, deep)
        if len(found) < len(node.value):
            raise ValueError(f"a key stands twice{node.start_mark}")
        return found


def _why(failure: OSError) -> str:
    if isinstance(failure, URLError) and failure.strerror is None:
        return str(failure.reason)
    return failure.strerror or str(failure)
