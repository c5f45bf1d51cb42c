import asyncio
import contextlib
from collections.abc import MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from keyreeve.console import forms
from keyreeve.console.forms import MalformedForm

TYPE = "application/x-www-form-urlencoded"


def request(body: bytes, content_type: str = TYPE) -> Request:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def test_a_form_is_read_by_the_names_of_its_fields() -> None:
    form = asyncio.run(forms.read(request(b"description=a+b%2Bc&csrf=&x=%C3%A9")))

    assert form["description"] == "a b+c"
    assert form["x"] == "é"
    assert (form["csrf"], "csrf" in form) == ("", True)
    assert (form["absent"], "absent" in form) == ("", False)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json", "multipart/form-data", ""]
)
def test_no_other_type_is_a_form(content_type: str) -> None:
    with pytest.raises(MalformedForm) as refused:
        asyncio.run(forms.read(request(b"a=b", content_type)))
    assert refused.value.status == 415


@pytest.mark.parametrize("body", [b"a=" + b"x" * 70_000, b"a=1&" * 100])
def test_more_than_a_form_of_ours_holds_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedForm) as refused:
        asyncio.run(forms.read(request(body)))
    assert refused.value.status == 413


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    with contextlib.suppress(MalformedForm):
        forms.parse(raw)


def test_what_is_put_into_a_path_is_read_out_of_it_again() -> None:
    text = "a&b=c %2F é ؎ <script>"
    path = forms.path("/settings", description=text, empty="")

    assert path.startswith("/settings?description=")
    assert "empty" not in path
    assert forms.parse(path.partition("?")[2].encode())["description"] == text
    assert forms.path("/settings", empty="") == "/settings"
