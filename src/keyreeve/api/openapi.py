"""The OpenAPI 3.1 document of the public API, made from its operations and nothing else."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_origin

from keyreeve.api import error_examples, examples, exchanges, parameters, schemas
from keyreeve.api.exchanges import Door
from keyreeve.api.links import BASES
from keyreeve.api.remedies import REMEDIES
from keyreeve.domain.operation import Operation

JSON = "application/json"
DESCRIPTION = """\
Every operation answers under both base paths, and to HEAD wherever to GET. Known paths answer 405 \
to other methods, unknown ones 404, each only after the caller has proven himself. Calls that are \
not let through as the rule demands are answered 403 or 404; the body names the rule."""

SECURITY: Mapping[str, Any] = {
    "digest": {
        "type": "http",
        "scheme": "digest",
        "description": "Login or key id, and API key (RFC 7616, `qop=auth`).",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The API key, over https or from this very host, unless switched off.",
    },
}
PHRASES: Mapping[int, str] = {
    200: "Done.",
    201: "Made.",
    304: "What the client has in hand is still what there is.",
    400: "The request, or something in it, is not what it must be.",
    401: "Nothing proved the request: no key, a wrong one, a disabled one.",
    403: "The caller may not do this, or not from here.",
    404: "There is no such thing, or none that the caller may know of.",
    408: "The request did not arrive in time.",
    409: "It conflicts with what there is.",
    412: "What stands there is not what the client has in hand.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    425: "Somebody else could send this early data again.",
    429: "Too many requests.",
    431: "The header is too large.",
    500: "An error of ours; nothing was let through.",
}


def document(
    guarded: Iterable[Operation], unguarded: Iterable[Operation], door: Door
) -> dict[str, Any]:
    """Return the whole document."""
    behind, before = tuple(guarded), tuple(unguarded)
    known = schemas.components((*behind, *before))
    shared = Responses(door)
    paths: dict[str, Any] = {}
    for operation in (*behind, *before):
        described = _operation(operation, known, shared, guarded=operation in behind)
        paths.setdefault(operation.template, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Keyreeve", "version": "1.0", "description": DESCRIPTION},
        "servers": [{"url": base} for base in BASES],
        "security": [{name: []} for name in SECURITY],
        "tags": [{"name": tag} for tag in sorted({tag_of(one) for one in (*behind, *before)})],
        "paths": paths,
        "components": {
            "schemas": known,
            "parameters": parameters.components(),
            "headers": {name: dict(header) for name, header in parameters.HEADERS.items()},
            "responses": dict(sorted(shared.named.items())),
            "examples": dict(sorted(shared.examples.items())),
            "securitySchemes": dict(SECURITY),
        },
    }


def tag_of(operation: Operation) -> str:
    """Return the resource that an operation belongs to."""
    return operation.name.partition(".")[0]


class Responses:
    """The answers that many operations share, each described once."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.named: dict[str, Any] = {"Unauthorized": _unauthorized()}
        self.examples: dict[str, Any] = {}
        self._names: dict[tuple[str, ...], str] = {}

    def errors(self, status: int, codes: list[str]) -> dict[str, str]:
        """Return a reference to the answer of this status that carries one of these codes."""
        name = self._names.get(tuple(codes))
        if name is None:
            alike = sum(1 for one in self.named if one.startswith(f"Error{status}"))
            name = f"Error{status}_{alike + 1}" if alike else f"Error{status}"
            self._names[tuple(codes)] = name
            self.named[name] = self._described(status, codes)
        return _reference("responses", name)

    def _described(self, status: int, codes: list[str]) -> dict[str, Any]:
        for code in codes:
            value = error_examples.body(code, self.door)
            self.examples[code] = {"summary": REMEDIES[code].text, "value": value}
        known = {"properties": {"errorCode": {"enum": codes}}}
        content = {
            "schema": schemas.enveloped({"allOf": [schemas.reference("Error"), known]}, status),
            "examples": {code: _reference("examples", code) for code in codes},
        }
        headers = ("Retry-After",) if "RATE_LIMITED" in codes else ()
        return _response(status, content, *headers)


def _operation(
    operation: Operation, known: Mapping[str, Any], shared: Responses, *, guarded: bool
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [tag_of(operation)],
        "parameters": [_reference("parameters", one) for one in parameters.names(operation)],
    }
    if operation.body is not None:
        described["requestBody"] = _body(operation.body)
    answers = dict(_answers(operation, known))
    if guarded:
        answers[401] = _reference("responses", "Unauthorized")
    for status, codes in exchanges.errors(operation, shared.door, guarded=guarded).items():
        answers[status] = shared.errors(status, codes)
    described["responses"] = {str(status): answers[status] for status in sorted(answers)}
    return described | (_demands(operation) if guarded else {"security": []})


def _demands(operation: Operation) -> dict[str, Any]:
    """Say who may call an operation, in the words in which catalogues are imported."""
    demands: dict[str, Any] = {
        "x-keyreeve-roles": sorted(operation.admitted),
        "x-keyreeve-whitelisted": operation.whitelisted,
    }
    if operation.group is not None:
        demands["x-keyreeve-group"] = operation.group.parameter
    return demands


def _body(kind: Any) -> dict[str, Any]:  # noqa: ANN401  a type
    name, listed = exchanges.attributes(kind).__name__, get_origin(kind) is list
    content = {"schema": schemas.body(kind), "example": examples.body(name, listed=listed)}
    return {"required": True, "content": {JSON: content}}


def _answers(operation: Operation, known: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    for status, kind in operation.answers.items():
        example = examples.document(schemas.reference(schemas.name_of(kind)), known)
        content = {"schema": schemas.answer(kind, status), "example": example}
        headers = ("ETag",) if operation.reads else ()
        yield status, _response(status, content, *headers)
    if operation.reads:
        yield 304, _response(304, None, "ETag")


def _unauthorized() -> dict[str, Any]:
    example = {
        "reason": "Unauthorized",
        "error": 401,
        "detail": "You are not authorized for this resource.",
    }
    content = {"schema": schemas.reference("Unauthorized"), "example": example}
    return _response(401, content, "WWW-Authenticate")


def _response(status: int, content: Mapping[str, Any] | None, *headers: str) -> dict[str, Any]:
    told = ("X-Request-Id", *headers)
    response: dict[str, Any] = {
        "description": PHRASES[status],
        "headers": {name: _reference("headers", name) for name in told},
    }
    return response if content is None else response | {"content": {JSON: dict(content)}}


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}
