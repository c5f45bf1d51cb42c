"""The door inside an application: nothing behind it runs before the judge has said Allow."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any, TypeAlias, assert_never

from keyreeve.domain.decision import Allow, Challenge, Deny
from keyreeve.enforcement import answers, handshakes, incoming
from keyreeve.enforcement.answers import Answer, Headers, Message, Send
from keyreeve.enforcement.callers import Callers
from keyreeve.enforcement.incoming import Scope
from keyreeve.enforcement.quota import Quota
from keyreeve.judge.judge import Judge
from keyreeve.judge.throttle import Throttled
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol.target import NotCanonical
from keyreeve.storage.errors import DatabaseLost

Receive: TypeAlias = Callable[[], Awaitable[Message]]
Application: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
Render: TypeAlias = Callable[[Verdict, Scope], tuple[int, Headers, bytes]]
"""Says a Deny in the words of the application behind the door."""

Check: TypeAlias = Callable[[Scope], None]
"""Looks at what the server before us may have let through."""

_log = logging.getLogger("keyreeve.guard")


class Guard:
    """An ASGI application in front of another one: 400, 429, 401, 404, 405, 403, or through.

    An allowed request carries its `Verdict` as `scope["keyreeve"]`. Only the decision reads the
    header; no body is read here, so nobody makes us wait before he has proven himself. `wait` are
    the threads in which the database is asked, so that no other work keeps decisions waiting.
    """

    def __init__(  # noqa: PLR0913 - each by its name
        self,
        app: Application,
        judge: Judge,
        render: Render,
        *,
        https: bool,
        new_id: Callable[[], str],
        callers: Callers = incoming.DIRECT,
        check: Check = lambda _: None,
        wait: Executor | None = None,
    ) -> None:
        self._app = app
        self._judge = judge
        self._render = render
        self._https = https
        self._callers = callers
        self._check = check
        self._wait = wait
        self._new_id = new_id
        limit = judge.calls_limit
        self._quota = None if limit is None else Quota(limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one request. What is neither HTTP nor the lifespan is denied."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._shake(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["keyreeve.request_id"] = request_id = self._new_id()
        refused = await self._refused(scope)
        sending = answers.marked(send, request_id, self._told(scope))
        if refused is None:
            await self._app(scope, receive, sending)
        else:
            await answers.give(refused, sending, head=scope["method"] == "HEAD")

    async def _shake(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge a handshake as the GET that it is; only declared operations may answer it."""
        scope["keyreeve.request_id"] = request_id = self._new_id()
        refused = await self._refused(scope)
        if refused is None and not handshakes.declared(scope["keyreeve"]):
            overlooked = self._judge.overlooks(handshakes.CODE, scope["keyreeve"])
            refused = None if overlooked else handshakes.NOT_DECLARED
        if refused is None:
            await self._app(scope, receive, send)
            return
        sending = answers.marked(handshakes.answering(scope, send), request_id, self._told(scope))
        await answers.give(refused, sending, head=False)

    async def _refused(self, scope: Scope) -> Answer | None:
        """Return the answer that refuses a request, or None once its verdict is in the scope."""
        try:
            self._check(scope)
            call = incoming.read(scope, https=self._https, asking=self._callers)
            self._judge.glance()
            verdict = self._judge.hit(call)
            if verdict is None:
                loop = asyncio.get_running_loop()
                verdict = await loop.run_in_executor(self._wait, self._judge.judge, call)
            return self._answer(verdict, scope)
        except incoming.Malformed as malformed:
            return answers.problem(malformed.code)
        except NotCanonical:
            return answers.problem("TARGET_NOT_CANONICAL")
        except Throttled as throttled:
            return answers.throttled(throttled.seconds)
        except DatabaseLost as lost:
            # A trace for every call would bury what the watch says.
            _log.error("the database is gone, so denied: %s", lost, extra=_about(scope))
            return answers.problem("UNEXPECTED_ERROR")
        except Exception:  # noqa: BLE001  whatever breaks on the way to a decision is a denial
            _log.exception("no decision, so denied", extra=_about(scope))
            return answers.problem("UNEXPECTED_ERROR")

    def _answer(self, verdict: Verdict, scope: Scope) -> Answer | None:
        scope["keyreeve.verdict"] = verdict  # for logs: there from now on, whatever it says
        decision = verdict.decision
        if isinstance(decision, Allow) or verdict.overlooked:
            if _replayable(verdict, scope) and not self._judge.overlooks("TOO_EARLY", verdict):
                return answers.problem("TOO_EARLY")
            scope["keyreeve"] = verdict
            return None
        if isinstance(decision, Challenge):
            return answers.challenge(self._judge.challenges(decision.stale))
        if isinstance(decision, Deny):
            return Answer(*self._render(verdict, scope))
        assert_never(decision)

    def _told(self, scope: Scope) -> Headers:
        """Return what a caller is told of his quota: nothing, unless he has proven himself."""
        verdict: Verdict | None = scope.get("keyreeve.verdict")
        if self._quota is None or verdict is None or verdict.calls_left is None:
            return []
        return self._quota.fields(verdict.calls_left)


def _about(scope: Scope) -> dict[str, str]:
    """Return what a line of the log says of a request."""
    return {"id": scope["keyreeve.request_id"]}


def _replayable(verdict: Verdict, scope: Scope) -> bool:
    """Tell whether a whitelisted operation came as early data, which others can send again."""
    whitelisted = verdict.match is not None and verdict.match.operation.whitelisted
    return whitelisted and incoming.is_early(scope)
