"""The root: what this is, who calls, and where to go from here."""

from msgspec import UNSET, UnsetType

from keyreeve.api import callers
from keyreeve.api.call import Call
from keyreeve.api.callers import CallingKey, CallingUser
from keyreeve.api.representation import Document, Link, Reply
from keyreeve.api.routes import Reading, Route
from keyreeve.domain.operation import Operation
from keyreeve.storage.transaction import Snapshot


class Root(Document, frozen=True):
    """What stands at the root."""

    app_name: str
    build: str
    throttling: bool
    user: CallingUser
    api_key: CallingKey
    links: list[Link]
    address: str | UnsetType = UNSET


def get(call: Call, s: Snapshot) -> Reply:
    """Say what answers here and who calls, and link to the caller himself and to his groups."""
    links = [
        call.links.own(),
        call.links.to("user", "users", call.subject.user_id),
        call.links.to("groups", "groups"),
        call.links.to("whoami", "whoami"),
    ]
    document = Root(
        app_name="Keyreeve",
        build=call.build,
        throttling=False,
        user=callers.user(call),
        api_key=callers.key(call, s),
        address=callers.address(call),
        links=links,
    )
    return Reply(200, document)


routes: tuple[Route, ...] = (
    Reading(
        Operation("root.get", "GET", "/", summary="What answers here.", answers={200: Root}),
        get,
    ),
)
