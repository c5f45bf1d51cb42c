"""The root: what this is, and where to go from here."""

from keyreeve.api.call import Call
from keyreeve.api.representation import Document, Link, Reply
from keyreeve.api.routes import Reading, Route
from keyreeve.domain.operation import Operation
from keyreeve.storage.transaction import Snapshot


class Root(Document, frozen=True):
    """What stands at the root."""

    app_name: str
    build: str
    throttling: bool
    links: list[Link]


def get(call: Call, _: Snapshot) -> Reply:
    """Say what answers here, and link to the caller himself and to his groups."""
    links = [
        call.links.own(),
        call.links.to("user", "users", call.subject.user_id),
        call.links.to("groups", "groups"),
    ]
    return Reply(200, Root("Keyreeve", call.build, throttling=False, links=links))


routes: tuple[Route, ...] = (
    Reading(
        Operation("root.get", "GET", "/", summary="What answers here.", answers={200: Root}),
        get,
    ),
)
