"""A small clusters API: groups own clusters. Who may call what is Keyreeve's business, not its own.

uvicorn --no-proxy-headers clusters:app    bare, for a proxy on this host that asks `keyreeve gate`
uvicorn --no-proxy-headers guarded:app     guarded inside, by `keyreeve.guard`
"""

import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

PROXIES = ("127.0.0.1", "::1")
"""Who is believed about whom he speaks for. Let nobody else reach the bare application."""

SIZES = ("small", "medium", "large")
BODY_LIMIT = 10_000


@dataclass(frozen=True)
class Caller:
    """Who is calling, as Keyreeve says."""

    user: str
    roles: tuple[str, ...]
    group: str
    key: str
    decision: str


@dataclass
class Cluster:
    """A cluster, and what was done to it."""

    name: str
    size: str
    created_by: str
    snapshots: list[dict[str, str]] = field(default_factory=list)
    restore_jobs: list[dict[str, str]] = field(default_factory=list)

    def shown(self) -> dict[str, str]:
        """Return what callers see of it."""
        return {"name": self.name, "size": self.size, "createdBy": self.created_by}


groups: defaultdict[str, dict[str, Cluster]] = defaultdict(dict)
"""Clusters by group and name, in memory only."""


async def show_caller(request: Request) -> Response:
    """Tell who the caller is."""
    return JSONResponse(asdict(caller(request)))


async def list_clusters(request: Request) -> Response:
    """List the clusters of a group."""
    caller(request)
    found = groups[named(request, "group")].values()
    return JSONResponse({"results": [cluster.shown() for cluster in found]})


async def create_cluster(request: Request) -> Response:
    """Create a cluster."""
    who, body = caller(request), await read(request)
    name, clusters = text(body, "name"), groups[named(request, "group")]
    if name in clusters:
        raise HTTPException(409, f"There is a cluster {name} already.")
    clusters[name] = Cluster(name, size(body), who.user)
    return JSONResponse(clusters[name].shown(), 201)


async def show_cluster(request: Request) -> Response:
    """Show one cluster."""
    caller(request)
    return JSONResponse(known(request).shown())


async def resize_cluster(request: Request) -> Response:
    """Change the size of a cluster."""
    caller(request)
    cluster, body = known(request), await read(request)
    cluster.size = size(body)
    return JSONResponse(cluster.shown())


async def delete_cluster(request: Request) -> Response:
    """Delete a cluster and all its data."""
    caller(request)
    del groups[named(request, "group")][known(request).name]
    return Response(status_code=204)


async def show_log(request: Request) -> Response:
    """Show a log file of a cluster. The file's name may hold slashes, sent as %2F."""
    caller(request)
    return JSONResponse({"cluster": known(request).name, "file": named(request, "file")})


async def take_snapshot(request: Request) -> Response:
    """Take a snapshot of a cluster."""
    who, cluster = caller(request), known(request)
    cluster.snapshots.append({"id": f"s{len(cluster.snapshots) + 1}", "takenBy": who.user})
    return JSONResponse(cluster.snapshots[-1], 201)


async def restore_cluster(request: Request) -> Response:
    """Overwrite a cluster with one of its snapshots."""
    who, cluster, body = caller(request), known(request), await read(request)
    snapshot = text(body, "snapshot")
    if all(snapshot != taken["id"] for taken in cluster.snapshots):
        raise HTTPException(404, f"There is no snapshot {snapshot}.")
    number = f"r{len(cluster.restore_jobs) + 1}"
    cluster.restore_jobs.append({"id": number, "snapshot": snapshot, "startedBy": who.user})
    return JSONResponse(cluster.restore_jobs[-1], 202)


async def show_usage(request: Request) -> Response:
    """Tell how many clusters the group has that the header Clusters-Group names."""
    caller(request)
    group = request.headers.get("clusters-group", "")
    return JSONResponse({"group": group, "clusters": len(groups[group])})


def caller(request: Request) -> Caller:
    """Return who is calling: from the scope inside the middleware, from headers behind a proxy."""
    verdict = request.scope.get("keyreeve")
    if verdict is not None:
        return judged(verdict)
    if request.client is None or request.client.host not in PROXIES:
        raise HTTPException(403, "Only a proxy on this host may call.")
    if "keyreeve-decision" not in request.headers:
        raise HTTPException(403, "Nobody decided about this call: it did not pass the gate.")
    roles = said(request, "keyreeve-roles")
    return Caller(
        said(request, "keyreeve-user"),
        tuple(roles.split(",")) if roles else (),
        said(request, "keyreeve-group"),
        said(request, "keyreeve-key-id"),
        said(request, "keyreeve-decision"),
    )


def said(request: Request, name: str) -> str:
    """Return what the gate says; some proxies leave a header out that would be empty."""
    return unquote(request.headers.get(name, ""))


def judged(verdict: Any) -> Caller:  # noqa: ANN401 - the bare application needs no Keyreeve
    """Return who is calling, from what the middleware left in the scope."""
    subject, group = verdict.subject, verdict.group
    if subject is None:  # let through without a key, while the API is only observed
        return Caller("", (), "", "", verdict.decision_id)
    roles = subject.everywhere if group is None else subject.roles_in(group.id)
    return Caller(
        subject.username,
        tuple(sorted(roles)),
        "" if group is None else group.id,
        verdict.key_id,
        verdict.decision_id,
    )


def named(request: Request, parameter: str) -> str:
    """Return what the path names."""
    return unquote(request.path_params[parameter])


def known(request: Request) -> Cluster:
    """Return the cluster that the path names."""
    name = named(request, "name")
    cluster = groups[named(request, "group")].get(name)
    if cluster is None:
        raise HTTPException(404, f"There is no cluster {name}.")
    return cluster


async def read(request: Request) -> dict[str, Any]:
    """Read a small JSON object."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > BODY_LIMIT:
            raise HTTPException(413, "That is too much.")
    try:
        document = json.loads(data)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise HTTPException(400, "A JSON object is needed.")
    return document


def text(body: dict[str, Any], name: str) -> str:
    """Return a text of the body."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise HTTPException(400, f"{name} is needed.")
    return value


def size(body: dict[str, Any]) -> str:
    """Return the size that the body names; small unless given."""
    value: str = body.get("size", SIZES[0])
    if value not in SIZES:
        raise HTTPException(400, f"size is one of {', '.join(SIZES)}.")
    return value


async def refuse(_: Request, error: Exception) -> Response:
    """Say what is wrong as JSON."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"detail": error.detail}, error.status_code)


CLUSTERS = "/v1/groups/{group}/clusters"
CLUSTER = CLUSTERS + "/{name}"

operations = Starlette(
    routes=[
        Route("/v1/caller", show_caller),
        Route("/v1/usage", show_usage),
        Route(CLUSTERS, list_clusters),
        Route(CLUSTERS, create_cluster, methods=["POST"]),
        Route(CLUSTER, show_cluster),
        Route(CLUSTER, resize_cluster, methods=["PATCH"]),
        Route(CLUSTER, delete_cluster, methods=["DELETE"]),
        Route(CLUSTER + "/logs/{file}", show_log),
        Route(CLUSTER + "/snapshots", take_snapshot, methods=["POST"]),
        Route(CLUSTER + "/restoreJobs", restore_cluster, methods=["POST"]),
    ],
    exception_handlers={HTTPException: refuse},
)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Find the operation by the path as it was sent: a %2F in a name is no slash between two."""
    if scope["type"] == "http":
        scope = {**scope, "path": scope["raw_path"].decode("latin-1")}
    await operations(scope, receive, send)
