"""A verdict: one decision, and what it was about."""

from typing import NamedTuple

from keyreeve.domain.catalogue import Match
from keyreeve.domain.decision import Decision, NamedUser
from keyreeve.domain.subject import GroupState, Subject
from keyreeve.protocol.address import Address


class Verdict(NamedTuple):
    """What the judge says of one call. A tuple, since one is made for every request."""

    decision: Decision
    match: Match | None = None
    """The operation called and the parameters of its path; None if it is unknown."""
    allowed_methods: tuple[str, ...] = ()
    """The methods known under the path, where the one called is not."""
    subject: Subject | None = None
    """Who proved himself; None for a challenge."""
    key_id: str | None = None
    group: GroupState | None = None
    """The group that the call names, where there is one."""
    user: NamedUser | None = None
    """The user that the path names, where there is one."""
    address: Address | None = None
    """The caller's address as we saw it."""
    decision_id: str = ""
    calls_left: int | None = None
    """How many calls the key may make at once from here; None for a challenge."""
    overlooked: bool = False
    """Whether a refusal is only noted, and the call let through: the API is being observed."""
