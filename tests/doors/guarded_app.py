"""An API inside of the middleware, for uvicorn: it says what it was asked, and its own route.

It looks for the route in the decoded path, as frameworks do.
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import keyreeve


async def reached(request: Request) -> JSONResponse:
    """Say what was asked, and whether it was taken for `/pub` or `/admin`."""
    query = request.scope["query_string"]
    raw = request.scope["raw_path"] + (b"?" + query if query else b"")
    document = {
        "target": raw.decode("latin-1"),
        "routed": request.scope["path"].split("/")[1] if "route" in request.scope else None,
        "method": request.method,
        "headers": [[n.decode("latin-1"), v.decode("latin-1")] for n, v in request.headers.raw],
    }
    return JSONResponse(document, headers={"Reached": "1"})


async def lost(request: Request, _: Exception) -> JSONResponse:
    """Say that a request got here, although no route is for it."""
    return await reached(request)


METHODS = ["GET", "POST", "DELETE"]
api = Starlette(
    routes=[
        Route("/pub", reached, methods=METHODS),
        Route("/pub/{rest:path}", reached, methods=METHODS),
        Route("/admin", reached, methods=METHODS),
        Route("/admin/{rest:path}", reached, methods=METHODS),
    ],
    exception_handlers={404: lost, 405: lost},
)
app = keyreeve.guard(api)
