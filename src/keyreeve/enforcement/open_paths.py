"""Open paths: the few that nobody must prove himself for. Everything else goes to the guard."""

from collections.abc import Callable, Mapping

from keyreeve.enforcement import answers, incoming
from keyreeve.enforcement.answers import Answer, Send
from keyreeve.enforcement.callers import Callers
from keyreeve.enforcement.guard import Application, Receive
from keyreeve.enforcement.incoming import Scope
from keyreeve.protocol import target
from keyreeve.protocol.target import NotCanonical


class OpenPaths:
    """Sends requests for exactly these paths to their applications, and all others to the door.

    What stands behind an open path finds the caller's address as `scope["keyreeve.caller"]`.
    """

    def __init__(
        self,
        door: Application,
        opened: Mapping[str, Application],
        *,
        new_id: Callable[[], str],
        callers: Callers = incoming.DIRECT,
    ) -> None:
        self._door = door
        self._opened = {path.encode(): app for path, app in opened.items()}
        self._new_id = new_id
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass the lifespan on."""
        app = self._opened.get(_path(scope)) if scope["type"] == "http" else None
        if app is None:
            await self._door(scope, receive, send)
            return
        scope["keyreeve.request_id"] = request_id = self._new_id()
        sending = answers.marked(send, request_id)
        refused = self._refused(scope)
        if refused is None:
            await app(scope, receive, sending)
        else:
            await answers.give(refused, sending, head=scope["method"] == "HEAD")

    def _refused(self, scope: Scope) -> Answer | None:
        """Return what refuses a request that no door would read, or None: then it is read."""
        try:
            call = incoming.read(scope, https=False, asking=self._callers)
            target.parse(call.target)
        except incoming.Malformed as malformed:
            return answers.problem(malformed.code)
        except NotCanonical:
            return answers.problem("TARGET_NOT_CANONICAL")
        scope["keyreeve.caller"] = call.address
        return None


def _path(scope: Scope) -> bytes:
    """Return the path without a slash at its end: it means nothing here either."""
    path: bytes = scope["raw_path"]
    return path.removesuffix(b"/")
