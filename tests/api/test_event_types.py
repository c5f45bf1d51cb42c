import re
from pathlib import Path

from keyreeve.api import event_types

SERVICES = Path(event_types.__file__).parents[1] / "services"


def test_every_action_that_is_recorded_has_a_name() -> None:
    texts = "".join(path.read_text() for path in SERVICES.glob("*.py"))
    recorded = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', texts))
    assert recorded <= set(event_types.NAMES)


def test_names_stand_for_actions_and_unknown_ones_for_none() -> None:
    assert event_types.name("api_key.generate") == "API_KEY_CREATED"
    assert event_types.name("noun.verb_of_old") == "NOUN_VERB_OF_OLD"
    assert event_types.actions(["USER_ROLES_CHANGED_AUDIT", "CLUSTER_CREATED"]) == {
        "role.grant",
        "role.revoke",
    }
    assert event_types.actions([]) == frozenset()
