"""A visit: one request as the handlers see it, and whoever makes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from keyreeve.console import csrf
from keyreeve.console.cookies import Cookie
from keyreeve.console.forms import Form
from keyreeve.domain.audit import Actor
from keyreeve.domain.edge import Edge
from keyreeve.domain.operation import Operation
from keyreeve.domain.user import User
from keyreeve.protocol.address import Address
from keyreeve.protocol.forwarded import Hop
from keyreeve.services.explanations import OwnApi
from keyreeve.storage.database import Database

Entry: TypeAlias = Literal["anyone", "half", "whole"]
"""Whose visit it is: anyone's, of one whose second factor is still missing, or a full session's."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do what a route does, and under which conditions."""

    entry: Entry = "whole"
    role: Operation | None = None
    """Rules 3 and 5 of the decision, asked for the group in the path."""
    step_up: str | None = None
    """The action for which one who has a second factor must just have given a code."""
    once: bool = False
    """Whether its form is good for one time only."""


@dataclass(frozen=True, slots=True)
class House:
    """What every visit finds here."""

    database: Database
    edge: Edge
    public_url: str
    own: OwnApi
    """The public API whose decisions are explained."""
    anyone_makes_groups: bool = True
    """Otherwise Global Owners alone do."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: what was asked for, what was typed, and where from."""

    house: House
    rule: Rule
    target: str
    """Path and query, as sent."""
    here: str = ""
    """The page with the form that was sent; empty where none was."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Form = field(default_factory=Form)
    form: Form = field(default_factory=Form)
    cookies: Mapping[Cookie, str] = field(default_factory=dict)
    address: Address | None = None
    hops: tuple[Hop, ...] = ()
    """How the address was found: every host on the way, the nearest first."""
    browser: str = ""

    @property
    def database(self) -> Database:
        """The control database."""
        return self.house.database

    @property
    def token(self) -> str:
        """The session's secret as the browser sent it; empty without one."""
        return self.cookies.get(Cookie.SESSION, "")

    @property
    def csrf(self) -> str:
        """What the forms of a page made for this visit carry."""
        return csrf.token(self.secret)

    @property
    def secret(self) -> str:
        """The cookie that forms are bound to: the session's, or before there is one the visit's."""
        return self.token or self.cookies[Cookie.VISIT]

    @property
    def caller(self) -> str | None:
        """The address of the caller as text, if it is known."""
        return None if self.address is None else str(self.address)

    def under(self, token: str) -> "Visit":
        """Return this visit under the new secret that its session was just given."""
        return replace(self, cookies={**self.cookies, Cookie.SESSION: token})

    def actor(self, user: User) -> Actor:
        """Return this user as the one who acts here."""
        return Actor(user.username, user_id=user.id, address=self.caller)
