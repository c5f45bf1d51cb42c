"""The console as one ASGI application. Requests are told apart here, and answered in threads."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from keyreeve.console import (
    account,
    api_access,
    api_keys,
    browsers,
    dispatch,
    explain,
    forms,
    group_settings,
    groups,
    home,
    origins,
    password,
    problems,
    reference,
    second_factor,
    sending,
    setup,
    sign_in,
    static_files,
    whitelist,
)
from keyreeve.console.answers import Answer
from keyreeve.console.cookies import Cookie, Jar
from keyreeve.console.forms import Form, MalformedForm
from keyreeve.console.routes import Known, Route, Table
from keyreeve.console.visit import House, Rule, Visit
from keyreeve.domain.edge import Edge
from keyreeve.protocol import address, forwarded
from keyreeve.protocol.address import MalformedAddress
from keyreeve.protocol.forwarded import Source, Walk
from keyreeve.services.explanations import OwnApi
from keyreeve.storage.database import Database

HASHED_AT_ONCE = 2
"""Passwords hashed at a time: each takes 46 MiB and a whole processor."""
VISIT_BYTES = 24
READING = ("GET", "HEAD")

ROUTES: tuple[Route, ...] = (
    *home.routes,
    *setup.routes,
    *sign_in.routes,
    *groups.routes,
    *group_settings.routes,
    *api_access.routes,
    *api_keys.routes,
    *whitelist.routes,
    *explain.routes,
    *account.routes,
    *password.routes,
    *second_factor.routes,
    *reference.routes,
)


class Console:
    """Serves the pages of one installation, and the files behind them.

    `caller` tells whose address a request comes from; it must be the one that the doors tell.
    `own` is the public API that the doors guard, whose decisions the console explains.
    """

    def __init__(  # noqa: PLR0913 - each by its name
        self,
        database: Database,
        edge: Edge,
        *,
        public_url: str,
        own: OwnApi,
        caller: Callable[[Scope], Walk] | None = None,
        anyone_makes_groups: bool = True,
    ) -> None:
        self._house = House(
            database, edge, public_url.rstrip("/"), own, anyone_makes_groups=anyone_makes_groups
        )
        self._jar = Jar(secure=public_url.startswith("https://"))
        self._table = Table(ROUTES)
        self._caller = caller or peer
        self._hashing = CapacityLimiter(HASHED_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Bugs are not caught here."""
        request = Request(scope, receive)
        head = request.method == "HEAD"
        if scope["path"].startswith(static_files.PREFIX) and request.method in READING:
            await sending.file(request, send, head=head)
            return
        sent = self._jar.read(request.headers.getlist("cookie"))
        visit = self._visit(request, sent)
        try:
            answer = await self._answer(request, visit)
        except ClientDisconnect:
            return
        fields = [
            self._jar.write(change) for change in sending.cookies(answer, sent, visit.cookies)
        ]
        await sending.answer(answer, fields, send, head=head)

    async def _answer(self, request: Request, visit: Visit) -> Answer:
        found = self._table.find(request.method, request.scope["path"])
        if found is None:
            return problems.not_found(visit)
        if isinstance(found, Known):
            return problems.method_not_allowed(visit, found.methods)
        route, parameters = found
        try:
            form = await forms.read(request) if route.csrf else Form()
            query = forms.parse(request.scope["query_string"])
        except MalformedForm as refused:
            return problems.malformed(visit, refused.status)
        visit = replace(visit, rule=route.rule, parameters=parameters, form=form, query=query)
        if route.csrf:
            visit = replace(visit, here=route.back(visit))
        own = origins.is_own(request.headers, self._house.public_url)
        limiter = self._hashing if route.slow else None
        return await to_thread.run_sync(
            lambda: dispatch.answer(route, visit, own=own), limiter=limiter
        )

    def _visit(self, request: Request, sent: Mapping[Cookie, str]) -> Visit:
        cookies = dict(sent)
        if Cookie.SESSION not in cookies and Cookie.VISIT not in cookies:
            entropy = self._house.edge.entropy(VISIT_BYTES)
            cookies[Cookie.VISIT] = base64.urlsafe_b64encode(entropy).decode()
        walk = self._caller(request.scope)
        return Visit(
            house=self._house,
            rule=Rule(),
            target=_target(request.scope),
            cookies=cookies,
            address=walk.address,
            hops=walk.hops,
            browser=browsers.named(request.headers.get("user-agent", "")),
        )


def peer(scope: Scope) -> Walk:
    """Return the peer's address; unknown where it is none (a Unix socket)."""
    client = scope.get("client")
    try:
        found = None if client is None else address.parse_address(client[0])
    except MalformedAddress:
        found = None
    return forwarded.walk(Source.PEER, found, (), trusted=())


def _target(scope: Scope) -> str:
    query: bytes = scope["query_string"]
    raw: bytes = scope["raw_path"] + (b"?" + query if query else b"")
    return raw.decode("latin-1")
