"""Event types: what clients call the actions of the audit log."""

from collections.abc import Iterable, Mapping

NAMES: Mapping[str, str] = {
    "api_key.delete": "API_KEY_DELETED",
    "api_key.describe": "API_KEY_DESCRIPTION_CHANGED",
    "api_key.disable": "API_KEY_DISABLED",
    "api_key.enable": "API_KEY_ENABLED",
    "api_key.generate": "API_KEY_CREATED",
    "catalogue.replace": "CATALOGUE_REPLACED",
    "group.create": "GROUP_CREATED",
    "group.delete": "GROUP_DELETED",
    "group.rename": "GROUP_NAME_CHANGED",
    "group.set_mode": "GROUP_MODE_CHANGED",
    "group.set_public_api": "GROUP_PUBLIC_API_CHANGED",
    "role.grant": "USER_ROLES_CHANGED_AUDIT",
    "role.revoke": "USER_ROLES_CHANGED_AUDIT",
    "second_factor.disable": "MULTI_FACTOR_AUTH_RESET_AUDIT",
    "second_factor.enable": "MULTI_FACTOR_AUTH_UPDATED_AUDIT",
    "second_factor.recover": "MULTI_FACTOR_AUTH_RECOVERY_CODE_USED_AUDIT",
    "session.begin": "USER_SIGNED_IN_AUDIT",
    "session.end": "USER_SIGNED_OUT_AUDIT",
    "session.end_all": "USER_SIGNED_OUT_EVERYWHERE_AUDIT",
    "user.create": "USER_CREATED_AUDIT",
    "user.disable": "USER_DISABLED_AUDIT",
    "user.enable": "USER_ENABLED_AUDIT",
    "user.rename": "USER_EMAIL_ADDRESS_CHANGED_AUDIT",
    "user.set_names": "USER_NAMES_CHANGED_AUDIT",
    "user.set_password": "USER_PASSWORD_CHANGED_AUDIT",
    "whitelist.add": "API_KEY_WHITELIST_ENTRY_ADDED",
    "whitelist.remove": "API_KEY_WHITELIST_ENTRY_DELETED",
}
"""Every action that is recorded; older products have most of these names."""


def name(action: str) -> str:
    """Return what an action is called; one of an older version of ours goes by its own words."""
    return NAMES.get(action) or action.replace(".", "_").upper()


def actions(names: Iterable[str]) -> frozenset[str]:
    """Return the actions that go by these names; a name that nobody uses stands for none."""
    wanted = frozenset(names)
    return frozenset(action for action, called in NAMES.items() if called in wanted)
