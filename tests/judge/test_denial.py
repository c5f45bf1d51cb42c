import pytest

from keyreeve.domain.catalogue import Match
from keyreeve.domain.decision import ALLOW, Deny, Reason
from keyreeve.judge import denial
from keyreeve.judge.verdict import Verdict
from made import operation


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_sentence(reason: Reason) -> None:
    told = denial.tell(Verdict(Deny(reason)), "/a")
    assert told.reason is reason
    assert told.detail.endswith((".", "enable it."))
    assert len(told.parameters) == 1
    assert told.address == "unknown"


def test_it_names_what_the_path_named() -> None:
    match = Match(operation("GET", "/groups/{groupId}/{userId}"), {"groupId": "g", "userId": "u"})
    group = denial.tell(Verdict(Deny(Reason.GROUP_NOT_FOUND), match), "/groups/g/u")
    assert (group.detail, group.parameters) == ("No group g exists.", ("g",))
    user = denial.tell(Verdict(Deny(Reason.USER_NOT_FOUND), match), "/groups/g/u")
    assert user.parameters == ("u",)
    closed = denial.tell(Verdict(Deny(Reason.GROUP_PUBLIC_API_DISABLED), match), "/groups/g/u")
    assert "the group g is disabled" in closed.detail


def test_only_a_denial_can_be_said() -> None:
    with pytest.raises(TypeError):
        denial.tell(Verdict(ALLOW), "/a")
