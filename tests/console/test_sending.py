import asyncio
from collections.abc import MutableMapping
from typing import Any

from console.browser import Browser
from keyreeve.console import sending, static_files
from keyreeve.console.answers import Answer
from keyreeve.console.cookies import Cookie, SetCookie


def sent(answer: Answer, *, head: bool = False) -> list[MutableMapping[str, Any]]:
    messages: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    asyncio.run(sending.answer(answer, ["a=b"], send, head=head))
    return messages


def test_a_head_is_answered_without_its_body() -> None:
    start, end = sent(Answer(200, "é"), head=True)
    assert (b"content-length", b"2") in start["headers"]
    assert end["body"] == b""


def test_a_redirect_names_no_host() -> None:
    start, _ = sent(Answer(303, location="/account"))
    assert (b"location", b"/account") in start["headers"]
    assert (b"set-cookie", b"a=b") in start["headers"]


def test_a_new_visit_gets_its_cookie_and_a_notice_is_taken_away_once_shown() -> None:
    page, redirect = Answer(200, "page"), Answer(303, location="/")
    heard = {Cookie.NOTICE: "n", Cookie.SESSION: "s"}
    gone = SetCookie(Cookie.NOTICE, None)

    assert sending.cookies(page, {}, {Cookie.VISIT: "v"}) == (SetCookie(Cookie.VISIT, "v"),)
    assert sending.cookies(page, heard, heard) == (gone,)
    assert sending.cookies(redirect, heard, heard) == ()
    again = SetCookie(Cookie.NOTICE, "m")
    assert sending.cookies(Answer(200, "page", cookies=(again,)), heard, heard) == (again,)


def test_a_static_file_is_kept_for_ever_under_its_own_version(stranger: Browser) -> None:
    answer = stranger.send("GET", static_files.path("console.css"))
    assert answer.header("cache-control") == static_files.KEPT
    assert answer.header("content-type") == "text/css; charset=utf-8"
    assert answer.header("x-content-type-options") == "nosniff"
    assert stranger.send("GET", "/static/console.css").header("cache-control") == "no-cache"


def test_nothing_else_stands_among_the_static_files(stranger: Browser) -> None:
    for name in ("", "nothing.css", "../views.py", "..%2fviews.py", "console.css/"):
        assert stranger.send("GET", f"/static/{name}").status == 404
