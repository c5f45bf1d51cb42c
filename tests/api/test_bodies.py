import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from keyreeve.api import bodies
from keyreeve.api.refusals import BodyTooLarge, BodyTooSlow, UnsupportedMediaType

JSON = (b"content-type", b"application/json")


def read(*chunks: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> bytes:
    left = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks) - 1}
        for number, chunk in enumerate(chunks)
    ]

    async def receive() -> Any:
        if not left:
            await asyncio.sleep(60)
        return left.pop(0)

    scope = {"type": "http", "method": "POST", "headers": [JSON] if headers is None else headers}
    return asyncio.run(bodies.read(Request(scope, receive)))


@pytest.mark.parametrize(
    "declared",
    [
        b"application/json", b"application/json; charset=UTF-8", b"application/json;charset=utf-8",
        b'application/json; charset="utf-8"', b"APPLICATION/JSON", b"application/json; q=1",
        b"application/vnd.atlas.2023-02-01+json", b"application/vnd.atlas.2025-03-12+json;a=b",
    ],
)  # fmt: skip
def test_json_may_be_declared_in_these_ways(declared: bytes) -> None:
    assert read(b"{}", headers=[(b"content-type", declared)]) == b"{}"


@pytest.mark.parametrize(
    "declared",
    [
        b"", b"text/plain", b"application/x-www-form-urlencoded", b"application/jsonp", b"json",
        b"application/vnd.+json", b"application/vnd.a+xml", b"application/json, text/plain",
        b"application/json; charset=utf-16", b"application/json; charset=latin-1", b"text/json",
        b"multipart/form-data; boundary=x",
    ],
)  # fmt: skip
def test_what_is_declared_otherwise_is_refused(declared: bytes) -> None:
    with pytest.raises(UnsupportedMediaType):
        read(b"{}", headers=[(b"content-type", declared)])


def test_no_type_two_types_and_compressed_bodies_are_refused() -> None:
    for headers in ([], [JSON, JSON], [JSON, (b"content-encoding", b"gzip")]):
        with pytest.raises(UnsupportedMediaType):
            read(b"{}", headers=headers)


def test_a_body_in_pieces_is_put_together() -> None:
    assert read(b'{"a"', b": 1", b"}") == b'{"a": 1}'


def test_one_mebibyte_is_read_and_no_more() -> None:
    assert len(read(b"a" * bodies.SIZE_LIMIT)) == bodies.SIZE_LIMIT
    with pytest.raises(BodyTooLarge):
        read(b"a" * bodies.SIZE_LIMIT, b"a")


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    with pytest.raises(BodyTooLarge):
        read(headers=[JSON, (b"content-length", str(bodies.SIZE_LIMIT + 1).encode())])


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.05)
    with pytest.raises(BodyTooSlow):
        read()
