"""Refusals: what may not be done, each with a constant code and nothing of HTTP in it."""

from typing import ClassVar


class Refusal(Exception):
    """Something asked for may not be done; nothing was changed."""

    code: ClassVar[str]
    sentence: ClassVar[str]
    """What the caller reads; `{0}`, `{1}` are the parameters."""

    def __init__(self, *parameters: str | int) -> None:
        super().__init__(self.sentence.format(*parameters))
        self.parameters = parameters


class UserNotFound(Refusal):
    """No user has this id or name."""

    code = "USER_NOT_FOUND"
    sentence = "No user {0} exists."


class UserAlreadyExists(Refusal):
    """The name belongs, or once belonged, to another user."""

    code = "USER_ALREADY_EXISTS"
    sentence = "A user named {0} already exists."


class InvalidUsername(Refusal):
    """The name is no e-mail address, or holds what a digest cannot carry."""

    code = "INVALID_USERNAME"
    sentence = "{0} is not a valid user name: {1}."


class InvalidName(Refusal):
    """A first or last name, or the name of a group, is empty, too long or holds controls."""

    code = "INVALID_ATTRIBUTE"
    sentence = "{0} is not valid: {1}."


class WeakPassword(Refusal):
    """The password is too short or too long."""

    code = "WEAK_PASSWORD"
    sentence = "The password is not strong enough: {0}."


class GroupNotFound(Refusal):
    """No group has this id or name."""

    code = "GROUP_NOT_FOUND"
    sentence = "No group {0} exists."


class GroupAlreadyExists(Refusal):
    """The name is taken."""

    code = "GROUP_ALREADY_EXISTS"
    sentence = "A group named {0} already exists."


class InvalidRole(Refusal):
    """No such role, or not at this level."""

    code = "UNSUPPORTED_ROLE"
    sentence = "{0} is not a role that can be granted here."


class LastOwner(Refusal):
    """The group would be left without an Owner, or the installation without a Global Owner."""

    code = "CANNOT_DEMOTE_LAST_OWNER"
    sentence = "{0} is the last Owner of {1}."


class ApiKeyNotFound(Refusal):
    """The user has no key with this id."""

    code = "API_KEY_NOT_FOUND"
    sentence = "No API key {0} exists for this user."


class ApiKeyLimitReached(Refusal):
    """Ten keys exist already; disabled ones count."""

    code = "MAX_PUBLIC_API_KEY_REACHED"
    sentence = "The limit of {0} API keys is reached. Disabled keys count."


class InvalidDescription(Refusal):
    """The description of a key is empty, too long or holds controls."""

    code = "INVALID_API_KEY_DESC"
    sentence = "The description of an API key is not valid: {0}."


class UserDisabled(Refusal):
    """A disabled user makes no keys."""

    code = "USER_DISABLED"
    sentence = "The user {0} is disabled."


class InvalidAddress(Refusal):
    """Not an IP address or CIDR range in the one accepted spelling."""

    code = "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"
    sentence = "{0} is not an IP address or a CIDR range: {1}."


class InvalidComment(Refusal):
    """The comment of a whitelist entry is too long or holds controls."""

    code = "INVALID_ATTRIBUTE"
    sentence = "comment is not valid: {0}."


class WhitelistEntryNotFound(Refusal):
    """The user's whitelist holds no such entry."""

    code = "WHITELIST_NOT_FOUND"
    sentence = "No entry {0} is on the whitelist of {1}."


class WhitelistLimitReached(Refusal):
    """The whitelist is full."""

    code = "WHITELIST_LIMIT_REACHED"
    sentence = "A whitelist holds at most {0} entries."


class CallerOnEntry(Refusal):
    """Without this entry the caller could not undo what he did."""

    code = "CANNOT_REMOVE_CALLER_FROM_WHITELIST"
    sentence = "Removing {0} would leave your own address {1} off the whitelist."


class RoleNotGrantable(Refusal):
    """The role is above the actor's own, or he administers nobody there."""

    code = "USER_UNAUTHORIZED"
    sentence = "You may not grant or revoke {0} here."


class SignInThrottled(Refusal):
    """Too many tries to sign in."""

    code = "RATE_LIMITED"
    sentence = "Too many tries. Wait {0} seconds, then try again."


class SetupOver(Refusal):
    """The link of the first run was used, is too old, or a user exists."""

    code = "SETUP_OVER"
    sentence = "This set-up link is used or too old, or the first account exists already."


class UserNotInGroup(Refusal):
    """The user has no place in this group."""

    code = "USER_NOT_IN_GROUP"
    sentence = "The user {0} is not in the group {1}."


class NamedUserUnknown(Refusal):
    """A body names a user who does not exist."""

    code = "INVALID_USER"
    sentence = "No user {0} exists."


class NotUserAdministrator(Refusal):
    """Only the user himself and those who administer every user may change this of him."""

    code = "USER_UNAUTHORIZED"
    sentence = "You may not change the {0} of this user."


class GroupCreationReserved(Refusal):
    """Here only Global Owners make groups."""

    code = "USER_UNAUTHORIZED"
    sentence = "Only Global Owners may make groups here."


class UsersExist(Refusal):
    """The first user was made long ago."""

    code = "CANNOT_CREATE_FIRST_USER_USERS_ALREADY_EXIST"
    sentence = "The first user cannot be made: users exist already."


class AuditEventNotFound(Refusal):
    """No audit event with this id tells of this group or user."""

    code = "EVENT_NOT_FOUND"
    sentence = "No event {0} exists here."


class DecisionNotFound(Refusal):
    """No decision of this id is kept, or it is nobody's who asks."""

    code = "DECISION_NOT_FOUND"
    sentence = "No decision {0} exists, or none that you may read."
