"""What pages are made of: fields, rows, dialogs, and the shell around them all."""

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
    may_make_groups: bool = True
    notices: tuple[Notice, ...] = ()
    here: str = ""
    """The page that this answer to a form stands for; empty where it is the page itself."""


@dataclass(frozen=True, slots=True)
class GroupCard:
    """A group on the home page."""

    link: GroupLink
    public_api_enabled: bool
    roles: tuple[str, ...]
    current: bool = False


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
    ticket: str = ""
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
