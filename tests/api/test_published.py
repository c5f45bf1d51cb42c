import asyncio
import json
from typing import Any

import pytest

from api import api_document
from keyreeve.api.published import Published
from keyreeve.enforcement.answers import PROBLEMS

PUBLISHED = Published(PROBLEMS)


def asked(method: str = "GET", **fields: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    headers = [(k.replace("_", "-").encode(), v.encode()) for k, v in fields.items()]
    scope = {
        "method": method,
        "headers": headers,
        "raw_path": b"/api/public/v1.0/openapi.json",
        "query_string": b"",
    }
    asyncio.run(PUBLISHED(scope, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, sent[1]["body"]


def test_everybody_may_read_the_document() -> None:
    status, headers, body = asked()
    assert (status, headers["content-type"]) == (200, "application/json")
    assert int(headers["content-length"]) == len(body)
    assert json.loads(body) == api_document.document()


def test_head_gets_all_but_the_body() -> None:
    assert asked("HEAD") == (200, asked()[1], b"")


def test_it_is_not_sent_again_to_those_who_have_it() -> None:
    tag = asked()[1]["etag"]
    status, headers, body = asked(if_none_match=tag)
    assert (status, body, headers["etag"]) == (304, b"", tag)
    assert "content-length" not in headers
    assert asked(if_none_match='"other"')[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_may_change_it(method: str) -> None:
    status, headers, body = asked(method)
    assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert json.loads(body)["errorCode"] == "METHOD_NOT_ALLOWED"
