"""The public API as one ASGI application. It stands behind a guard and nowhere else."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request

from keyreeve.api import (
    api_keys,
    attributes,
    bodies,
    callers,
    catalogue,
    decisions,
    entity_tags,
    events,
    group_changes,
    group_users,
    groups,
    links,
    problems,
    query,
    representation,
    root,
    user_changes,
    users,
    whitelists,
)
from keyreeve.api.call import Call
from keyreeve.api.entity_tags import Conditions
from keyreeve.api.links import BASES, Links
from keyreeve.api.query import Query
from keyreeve.api.representation import Reply
from keyreeve.api.routes import Reading, Route, Writing
from keyreeve.domain.errors import Refusal
from keyreeve.domain.operation import Operation
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol.forwarded import Hop
from keyreeve.storage.database import Database
from keyreeve.storage.transaction import Transaction

__all__ = ["BASES", "Api", "operations"]

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ROUTES: tuple[Route, ...] = (
    *root.routes,
    *callers.routes,
    *groups.routes,
    *group_changes.routes,
    *group_users.routes,
    *users.routes,
    *user_changes.routes,
    *whitelists.routes,
    *api_keys.routes,
    *events.routes,
    *catalogue.routes,
    *decisions.routes,
)

operations: tuple[Operation, ...] = tuple(route.operation for route in ROUTES)
"""Every operation of the public API, each known under all bases."""


class Api:
    """Answers allowed requests; which operation each one is was settled by the guard."""

    def __init__(
        self,
        database: Database,
        *,
        public_url: str,
        build: str,
        anyone_makes_groups: bool = True,
    ) -> None:
        self._database = database
        self._public_url = public_url.rstrip("/")
        self._build = build
        self._anyone_makes_groups = anyone_makes_groups
        self._routes = {route.operation.name: route for route in ROUTES}
        self._readings = {r.operation.template: r for r in ROUTES if isinstance(r, Reading)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Bugs are not caught here: they are logged whole and answered 500."""
        verdict: Verdict = scope["keyreeve"]
        if verdict.match is None:
            raise LookupError("an allowed request without an operation")
        route = self._routes[verdict.match.operation.name]
        try:
            status, headers, body = await self._answer(route, verdict, Request(scope, receive))
        except ClientDisconnect:
            return
        # To HEAD all but the body (RFC 9110, section 9.3.2); of what is known, not even its length.
        if status != HTTPStatus.NOT_MODIFIED:
            headers = [*headers, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        sent = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": sent})

    async def _answer(self, route: Route, verdict: Verdict, request: Request) -> problems.Rendered:
        raw = request.scope["query_string"]
        try:
            asked = query.parse(raw)
            body = await bodies.read(request) if route.operation.body is not None else b""
            base = links.base_of(request.scope["raw_path"].decode("latin-1"))
            at = Links(self._public_url + base)
            hops = request.scope.get("keyreeve.hops", ())
            call = partial(self._call, route.operation, verdict, asked, at, hops)
            conditions = entity_tags.read(request.headers)
            reply = await to_thread.run_sync(self._handle, route, call, body, conditions)
        except Refusal as refusal:
            return problems.answer(refusal, query.style(raw), verdict)
        written = representation.encode(reply, asked.style)
        if not route.operation.reads:
            return reply.status, [problems.JSON], written
        tag = entity_tags.tag(reply.document, written)
        headers = [problems.JSON, (b"etag", tag.encode())]
        if conditions.known(tag):
            return HTTPStatus.NOT_MODIFIED, headers[1:], b""
        return reply.status, headers, written

    def _handle(
        self, route: Route, called: Callable[[bytes], Call], body: bytes, conditions: Conditions
    ) -> Reply:
        """Call one handler, within one snapshot or one transaction. Runs in a thread."""
        call = called(body)
        if isinstance(route, Reading):
            with self._database.snapshot() as snapshot:
                reply = route.handler(call, snapshot)
            conditions.demand(reply.document, changing=False)
            return reply
        if route.prepare is not None:
            call = replace(call, prepared=route.prepare(call))
        with self._database.transaction() as transaction:
            if conditions.any:
                conditions.demand(self._found(route, call, transaction), changing=True)
            return route.handler(call, transaction)

    def _found(self, route: Writing, call: Call, transaction: Transaction) -> Any | None:  # noqa: ANN401
        """Return what stands at the path that is about to be changed, as a reading shows it."""
        reading = self._readings.get(route.operation.template)
        if reading is None:
            return None
        return reading.handler(replace(call, body=None), transaction).document

    def _call(  # noqa: PLR0913, PLR0917  what one request consists of
        self,
        operation: Operation,
        verdict: Verdict,
        asked: Query,
        at: Links,
        hops: tuple[Hop, ...],
        body: bytes,
    ) -> Call:
        subject, match = verdict.subject, verdict.match
        if subject is None or match is None:
            raise LookupError("an allowed request without a subject")
        kind = operation.body
        return Call(
            subject=subject,
            parameters=dict(match.parameters),
            query=asked,
            links=at,
            body=None if kind is None else attributes.decode(body, kind),
            address=verdict.address,
            group_state=verdict.group,
            user_id=None if verdict.user is None else verdict.user.id,
            installation=self._database.installation,
            records=self._database.records,
            build=self._build,
            key_id=verdict.key_id or "",
            hops=hops,
            operations=operations,
            anyone_makes_groups=self._anyone_makes_groups,
        )
