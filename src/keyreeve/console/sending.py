"""Answers on the wire: every one with the fields that protect it, and its cookies."""

from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.types import Send

from keyreeve.console import headers, static_files
from keyreeve.console.answers import Answer
from keyreeve.console.cookies import Cookie, SetCookie


async def answer(answer: Answer, cookies: Iterable[str], send: Send, *, head: bool) -> None:
    """Send a page or a redirect."""
    fields = dict(headers.PAGE)
    if answer.location is not None:
        fields["location"] = answer.location
    if answer.allow is not None:
        fields["allow"] = answer.allow
    body = answer.body.encode("utf-8", "replace")
    await _send(send, answer.status, fields, body, cookies=cookies, head=head)


async def file(request: Request, send: Send, *, head: bool) -> None:
    """Send a static file; a browser keeps it for ever under its own version."""
    found = static_files.every().get(request.scope["path"].removeprefix(static_files.PREFIX))
    if found is None:
        await _send(send, 404, headers.PAGE, b"", head=head)
        return
    caching = static_files.caching(found, request.query_params.get("v", ""))
    fields = {**headers.SECURITY, "content-type": found.content_type, "cache-control": caching}
    await _send(send, 200, fields, found.content, head=head)


def cookies(
    answer: Answer, sent: Mapping[Cookie, str], kept: Mapping[Cookie, str]
) -> tuple[SetCookie, ...]:
    """Return the cookies to set: those of the answer, and what the visit itself needs.

    `sent` came from the browser; `kept` holds what was made for it besides. What the last
    answer had to say is said once.
    """
    changes = list(answer.cookies)
    settled = {change.cookie for change in changes}
    if Cookie.VISIT in kept and Cookie.VISIT not in sent:
        changes.append(SetCookie(Cookie.VISIT, kept[Cookie.VISIT]))
    if Cookie.NOTICE in sent and answer.body and Cookie.NOTICE not in settled:
        changes.append(SetCookie(Cookie.NOTICE, None))
    return tuple(changes)


async def _send(  # noqa: PLR0913 - each is a part of the answer
    send: Send,
    status: int,
    fields: Mapping[str, str],
    body: bytes,
    *,
    cookies: Iterable[str] = (),
    head: bool,
) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in fields.items()]
    raw += [(b"set-cookie", cookie.encode("latin-1")) for cookie in cookies]
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    # To HEAD all but the body (RFC 9110, section 9.3.2).
    await send({"type": "http.response.body", "body": b"" if head else body})
