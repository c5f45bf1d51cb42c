"""What the API itself refuses: bodies and queries that are not what an operation takes."""

from keyreeve.domain.errors import Refusal


class InvalidJson(Refusal):
    """The body is no JSON text, or one that readers would understand differently."""

    code = "INVALID_JSON"
    sentence = "The body is not valid JSON: {0}."


class InvalidJsonAttribute(Refusal):
    """An attribute has the wrong type."""

    code = "INVALID_JSON_ATTRIBUTE"
    sentence = "{0} has the wrong type: {1}."


class UnknownAttribute(Refusal):
    """The operation knows no such attribute."""

    code = "INVALID_ATTRIBUTE"
    sentence = "There is no attribute {0} here."


class AttributeReadOnly(Refusal):
    """The attribute is shown, and cannot be set."""

    code = "ATTRIBUTE_READ_ONLY"
    sentence = "{0} cannot be set."


class MissingAttribute(Refusal):
    """The attribute is needed."""

    code = "MISSING_ATTRIBUTE"
    sentence = "{0} is missing."


class MissingOneOfAttributes(Refusal):
    """One of these attributes is needed."""

    code = "MISSING_ONE_OF_ATTRIBUTES"
    sentence = "Either {0} or {1} is needed."


class BothAttributesGiven(Refusal):
    """Two attributes say the same thing, perhaps differently."""

    code = "BAD_WHITELIST_ADD_REQUEST"
    sentence = "An entry has either {0} or {1}, not both."


class InvalidEntryAddress(Refusal):
    """An attribute holds no address or CIDR range in the one accepted spelling."""

    code = "INVALID_IP_ADDRESS_OR_CIDR_NOTATION"
    sentence = "{0} holds {1}, which is not an IP address or a CIDR range: {2}."


class InvalidQueryParameter(Refusal):
    """A query parameter has a value that it cannot have."""

    code = "INVALID_QUERY_PARAMETER"
    sentence = "The query parameter {0} is not valid: {1}."


class UnsupportedMediaType(Refusal):
    """The body is not declared to be JSON in UTF-8."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    sentence = "The body must be declared as application/json in UTF-8, uncompressed; it is {0}."


class BodyTooLarge(Refusal):
    """The body is larger than any that makes sense here."""

    code = "REQUEST_BODY_TOO_LARGE"
    sentence = "A body holds at most {0} bytes."


class BodyTooSlow(Refusal):
    """The body did not arrive in time."""

    code = "REQUEST_TIMEOUT"
    sentence = "The body did not arrive within {0} seconds."


class RoleNeedsGroup(Refusal):
    """A role of a group is given without the group."""

    code = "ROLE_NEEDS_GROUP_ID"
    sentence = "{0} is a role in a group: groupId is needed."


class RoleNeedsNoGroup(Refusal):
    """A global role is given in a group."""

    code = "ROLE_NEEDS_NO_GROUP_ID"
    sentence = "{0} is a role in every group: groupId has no place here."


class GroupMismatch(Refusal):
    """A body names another group than the path."""

    code = "GROUP_MISMATCH"
    sentence = "groupId is {0}, but the path names the group {1}."


class OrganizationNotFound(Refusal):
    """There is one organization, and this is not its id."""

    code = "ORG_NOT_FOUND"
    sentence = "No organization {0} exists."


class EmailAddressDiffers(Refusal):
    """Login and e-mail address are one."""

    code = "INVALID_EMAIL_ADDRESS"
    sentence = "emailAddress is {0}; it can only be the same as username, {1}."


class MemberNamedTwice(Refusal):
    """An array gives one user two sets of roles."""

    code = "INVALID_ATTRIBUTE"
    sentence = "id names {0} more than once."
