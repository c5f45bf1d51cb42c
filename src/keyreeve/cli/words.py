"""The words that several commands take: what they mean, and how they are asked for."""

import sys
from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from keyreeve.domain.errors import Refusal

PASSWORD_INPUT_LIMIT = 4096

Switch: TypeAlias = Literal["on", "off"]

Email: TypeAlias = Annotated[str, Parameter(name="EMAIL", help="The user, by login or id.")]
NameOrId: TypeAlias = Annotated[str, Parameter(name="NAME_OR_ID", help="The group, by name or id.")]
KeyId: TypeAlias = Annotated[str, Parameter(name="KEY_ID", help="The API key, by its id.")]
Network: TypeAlias = Annotated[
    str, Parameter(name="ADDRESS_OR_CIDR", help="192.0.2.7, 192.0.2.0/24, 2001:db8::/32, ...")
]
PasswordStdin: TypeAlias = Annotated[
    bool, Parameter(negative=(), show_default=False, help="Read the password from standard input.")
]


class NoPassword(Refusal):
    """No password came in on standard input, or none was promised."""

    code = "NO_PASSWORD"
    sentence = "The password is read from standard input: {0}."


def read_password() -> str:
    """Read a password from standard input, without the end of its line; nothing is asked.

    Raises:
        NoPassword: nothing was there, or too much.
    """
    text = sys.stdin.read(PASSWORD_INPUT_LIMIT + 1)
    if len(text) > PASSWORD_INPUT_LIMIT:
        raise NoPassword("it is too long")
    password = text.removesuffix("\n").removesuffix("\r")
    if not password:
        raise NoPassword("nothing was there")
    return password
