"""The catalogue: every operation, who may call it, and whether it is whitelisted."""

from keyreeve.api.call import Call
from keyreeve.api.representation import Document, Page, Reply
from keyreeve.api.routes import Reading, Route
from keyreeve.domain.operation import Named, Operation
from keyreeve.storage.transaction import Snapshot


class OperationDocument(Document, frozen=True):
    """One operation. A whitelisted one answers to Owners alone, from their own whitelist."""

    name: str
    method: str
    path: str
    summary: str
    roles: list[str]
    whitelisted: bool


def list_operations(call: Call, s: Snapshot) -> Reply:
    """List what can be called in a group."""
    group = call.group(s)
    some = call.operations[call.query.offset : call.query.offset + call.query.per_page]
    results = [_document(operation) for operation in some]
    total = len(call.operations)
    page = call.links.page(call.query, results, total, "groups", group.id, "operations")
    return Reply(200, page)


def _document(operation: Operation) -> OperationDocument:
    return OperationDocument(
        name=operation.name,
        method=operation.method,
        path=operation.template,
        summary=operation.summary,
        roles=sorted(operation.admitted),
        whitelisted=operation.whitelisted,
    )


routes: tuple[Route, ...] = (
    Reading(
        Operation(
            "operation.list",
            "GET",
            "/groups/{groupId}/operations",
            group=Named("groupId"),
            summary="List every operation: who may call it, and whether it is whitelisted.",
            answers={200: Page[OperationDocument]},
            errors=("GROUP_NOT_FOUND", "GROUP_PUBLIC_API_DISABLED", "USER_UNAUTHORIZED"),
        ),
        list_operations,
    ),
)
