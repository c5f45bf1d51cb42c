"""What the pages are given: values only, so that a template can show and nothing else."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Place: TypeAlias = Literal["home", "settings", "account", "none"]
Tone: TypeAlias = Literal["done", "warning", "refusal"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: what was typed, and what is wrong with it."""

    name: str
    value: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as people read it, as machines read it, and in full."""

    text: str
    iso: str
    full: str


@dataclass(frozen=True, slots=True)
class Undo:
    """A button beside a notice that takes the change back."""

    label: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence about what just happened."""

    tone: Tone
    sentence: str
    undo: Undo | None = None


@dataclass(frozen=True, slots=True)
class GroupLink:
    """A group as the picker lists it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Shell:
    """What surrounds every page: who is signed in, where he is, what just happened."""

    csrf: str
    username: str | None = None
    groups: tuple[GroupLink, ...] = ()
    group: GroupLink | None = None
    place: Place = "none"
    notices: tuple[Notice, ...] = ()


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
class GroupCard:
    """A group on the home page."""

    link: GroupLink
    public_api_enabled: bool
    roles: tuple[str, ...]
    current: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """Where a signed-in user arrives."""

    shell: Shell
    first_name: str
    cards: tuple[GroupCard, ...]
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
    """Settings of one group: the switch, and who may move it."""

    shell: Shell
    enabled: bool
    may_change: bool
    roles: tuple[str, ...]
    created: Moment
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An API key in the list."""

    id: str
    description: str
    redacted: str
    created: Moment
    last_used: Moment | None
    last_used_address: str | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A whitelist entry in the list."""

    text: str
    comment: str
    created: Moment
    last_used: Moment | None
    last_used_address: str | None
    count: int
    covers: str
    """What it covers in words: `256 addresses`."""
    unrestricted: bool = False
    covers_caller: bool = False
    last: bool = False
    """Whether the whitelist is empty without it."""


@dataclass(frozen=True, slots=True)
class GenerateDialog:
    """The dialog that makes a key; `code` stands in it while a second factor is asked for."""

    description: Field
    ticket: str
    """Makes the form good for one key only."""
    opened: bool = False
    code: Field | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class AddDialog:
    """The dialog that adds a whitelist entry."""

    address: Field
    comment: Field
    opened: bool = False
    suggestion: str | None = None
    """The corrected value of an address with host bits."""


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
class KeyShown:
    """The one page that shows a key."""

    shell: Shell
    id: str
    description: str
    key: str = field(repr=False)
    curl: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session of the user."""

    started: Moment
    last_seen: Moment
    address: str | None
    browser: str
    current: bool


@dataclass(frozen=True, slots=True)
class PasswordForm:
    """The form that changes a password. Passwords themselves are never sent back."""

    current: Field = field(default_factory=lambda: Field("current"))
    new: Field = field(default_factory=lambda: Field("new"))


@dataclass(frozen=True, slots=True)
class DisableDialog:
    """The dialog that takes the second factor away."""

    code: Field = field(default_factory=lambda: Field("code"))
    opened: bool = False


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
    | KeyShown
    | Account
    | SecondFactorSetup
    | RecoveryCodes
    | Problem
)
