"""What a signed-in user may do in a group: the same rule that guards the API."""

from keyreeve.domain import decision
from keyreeve.domain.decision import AccessRequest, Allow, Deny, Proof, Reason
from keyreeve.domain.operation import Named, Operation
from keyreeve.domain.role import GROUP_OWNER
from keyreeve.domain.subject import GroupState, Subject

_GROUP = Named("group")

SEE_GROUP = Operation("console.see_group", "GET", "/groups/{group}", group=_GROUP)
SET_PUBLIC_API = Operation(
    "console.set_public_api",
    "POST",
    "/groups/{group}/public-api",
    roles=frozenset({GROUP_OWNER}),
    group=_GROUP,
)


def may_make_groups(subject: Subject, *, anyone: bool) -> bool:
    """Tell whether this user may make a group where not `anyone` may."""
    return anyone or GROUP_OWNER in subject.everywhere


def refused(subject: Subject, operation: Operation, group: GroupState | None) -> Reason | None:
    """Return why this user may not do this here; None if he may.

    These are rules 3 and 5 of the decision. Rule 1 is the session's; rule 4 is not asked, since
    here is where a public API that is closed is opened.
    """
    opened = None if group is None else GroupState(group.id, public_api_enabled=True)
    asked = AccessRequest(Proof.HOLDS, operation, group=opened)
    match decision.decide(subject, asked):
        case Allow():
            return None
        case Deny(reason):
            return reason
        case other:
            raise LookupError(other)
