"""What the pages are given: values only, so that a template can show and nothing else."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from markupsafe import Markup

from keyreeve.console.explained import CallForm, HopRow, Told
from keyreeve.console.parts import (
    AddDialog,
    DisableDialog,
    EntryRow,
    Field,
    GenerateDialog,
    GroupCard,
    GroupLink,
    KeyRow,
    Moment,
    PasswordForm,
    SessionRow,
    Shell,
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """The sign-in form."""

    shell: Shell
    email: Field = field(default_factory=lambda: Field("email"))
    password: Field = field(default_factory=lambda: Field("password"))
    after: str = ""
    """Where to go afterwards; empty: home."""


@dataclass(frozen=True, slots=True)
class SignInCode:
    """The second step of signing in."""

    shell: Shell
    code: Field = field(default_factory=lambda: Field("code"))
    after: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    """The first run: an account for whoever installed this."""

    shell: Shell
    email: Field
    first_name: Field
    last_name: Field
    password: Field


@dataclass(frozen=True, slots=True)
class Home:
    """Where a signed-in user arrives."""

    shell: Shell
    first_name: str
    cards: tuple[GroupCard, ...]
    more: int
    """Groups beyond those shown."""
    key_count: int
    key_limit: int
    entry_count: int


@dataclass(frozen=True, slots=True)
class NewGroup:
    """The form that makes a group."""

    shell: Shell
    name: Field


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """Settings of one group: the switch, and who may move it. Without a group it says so."""

    shell: Shell
    enabled: bool = False
    may_change: bool = False
    external_id: str | None = None
    roles: tuple[str, ...] = ()
    created: Moment | None = None
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """Public API Access: the user's own keys and his own whitelist."""

    shell: Shell
    keys: tuple[KeyRow, ...]
    key_limit: int
    entries: tuple[EntryRow, ...]
    caller: str | None
    generate: GenerateDialog
    add: AddDialog
    curl: str
    closed_group: GroupLink | None = None
    """The current group, if its public API is off."""

    @property
    def opened(self) -> bool:
        """Tell whether a dialog is open."""
        return self.generate.opened or self.add.opened

    @property
    def full(self) -> bool:
        """Tell whether no further key may be made."""
        return len(self.keys) >= self.key_limit

    @property
    def unrestricted(self) -> bool:
        """Tell whether an entry lifts the restriction."""
        return any(entry.unrestricted for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Explain:
    """Why a call would be let through or not, or why one was."""

    shell: Shell
    call: CallForm
    decision: Field
    """The id of a decision."""
    hops: tuple[HopRow, ...] = ()
    """How the visitor's own address was found."""
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class KeyShown:
    """The one page that shows a key."""

    shell: Shell
    id: str
    description: str
    key: str = field(repr=False)
    curl: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """The user's own account."""

    shell: Shell
    full_name: str
    second_factor: bool
    second_factor_since: Moment | None
    recovery_codes_left: int
    disable: DisableDialog
    password: PasswordForm
    sessions: tuple[SessionRow, ...]

    @property
    def opened(self) -> bool:
        """Tell whether a dialog is open."""
        return self.disable.opened


@dataclass(frozen=True, slots=True)
class SecondFactorSetup:
    """The QR code, the secret as text, and the field for a first code."""

    shell: Shell
    qr: str = field(repr=False)
    """An SVG element, drawn by us."""
    secret: str = field(repr=False)
    """In groups of four."""
    code: Field = field(default_factory=lambda: Field("code"))


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """The one page that shows recovery codes."""

    shell: Shell
    codes: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """A page of the API reference."""

    shell: Shell
    title: str
    body: Markup
    tab: Literal["api", "errors"] = "api"


@dataclass(frozen=True, slots=True)
class Problem:
    """A page that says what went wrong and where to go."""

    shell: Shell
    title: str
    sentences: tuple[str, ...]
    link: tuple[str, str] = ("Go to the start page", "/")
    request_id: str | None = None


Page: TypeAlias = (
    SignIn
    | SignInCode
    | Setup
    | Home
    | NewGroup
    | GroupSettings
    | ApiAccess
    | Explain
    | KeyShown
    | Account
    | SecondFactorSetup
    | RecoveryCodes
    | Reference
    | Problem
)
