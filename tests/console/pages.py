"""Every page of the console with sample values, for the tests that look at pages."""

from dataclasses import asdict, replace

from keyreeve.console import prose, reference
from keyreeve.console.explained import CallForm, HopRow, StepRow, Told
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
    Notice,
    PasswordForm,
    SessionRow,
    Shell,
    Undo,
)
from keyreeve.console.views import (
    Account,
    ApiAccess,
    Explain,
    GroupSettings,
    Home,
    KeyShown,
    NewGroup,
    Page,
    Problem,
    RecoveryCodes,
    Reference,
    SecondFactorSetup,
    Setup,
    SignIn,
    SignInCode,
)
from keyreeve.domain import trace
from keyreeve.domain.operation import Operation


def every(text: str = "Nightly backup") -> dict[str, Page]:
    """Return every page in its states, with `text` wherever somebody typed something."""
    return (
        _signed_out(text)
        | _reference(text)
        | _groups(text)
        | _api_access(text)
        | _explain(text)
        | _account(text)
    )


def _signed_out(text: str) -> dict[str, Page]:
    shell = Shell("token", notices=(Notice("refusal", text),))
    wrong = Field("email", text, text)
    name = Field("first_name", text)
    return {
        "sign-in": SignIn(shell),
        "sign-in refused": SignIn(shell, wrong, after=text),
        "code": SignInCode(shell),
        "code refused": SignInCode(shell, Field("code", "", text)),
        "setup": Setup(shell, wrong, name, Field("last_name", text), Field("password")),
        "problem": Problem(shell, "This page does not exist", (text,), request_id="9f"),
    }


def _reference(text: str) -> dict[str, Page]:
    shell = Shell("token")
    index, whitelist, errors = map(
        reference.read, ("/docs/api/", "/docs/api/whitelist", "/docs/errors/")
    )
    typed = prose.written(f"# {text}\n\n{text}\n\n```{text}\n{text}\n```\n", lambda link: link)
    return {
        "reference": Reference(shell, index.title, index.body),
        "reference resource": Reference(_shell(text), text, whitelist.body),
        "reference errors": Reference(shell, errors.title, errors.body, "errors"),
        "reference typed": Reference(shell, typed.title, typed.body),
    }


def _groups(text: str) -> dict[str, Page]:
    shell = _shell(text)
    nowhere = replace(shell, groups=(), group=None)
    link = GroupLink("5a" * 12, text)
    cards = (GroupCard(link, True, ("Owner",), current=True), GroupCard(link, False, ()))
    settings = GroupSettings(
        replace(shell, place="settings"), True, True, text, ("Owner",), _moment(), ()
    )
    return {
        "home": Home(shell, text, cards, 7, 3, 10, 1),
        "home empty": Home(nowhere, text, (), 0, 0, 10, 0),
        "new group": NewGroup(shell, Field("name", text, text)),
        "group on": settings,
        "group off": replace(settings, enabled=False),
        "group of others": replace(settings, may_change=False, roles=(), owners=(text, text, text)),
        "group none": replace(settings, shell=nowhere),
    }


def _api_access(text: str) -> dict[str, Page]:
    shell = _shell(text)
    link = GroupLink("5a" * 12, text)
    key = KeyRow("5a" * 12, text, "kr_********abcd", _moment(), _moment(), "203.0.113.7", True)
    unused = replace(key, id="6b" * 12, last_used=None, last_used_address=None, enabled=False)
    entry = EntryRow("203.0.113.7", text, _moment(), _moment(), "203.0.113.7", 12345, "")
    anywhere = EntryRow("0.0.0.0/0", "", _moment(), None, None, 1, "", unrestricted=True, last=True)
    entries = (entry, replace(anywhere, covers_caller=True), replace(entry, text="10.0.0.0/8"))
    generate = GenerateDialog(Field("description"), "ticket")
    add = AddDialog(Field("address"), Field("comment"))
    page = ApiAccess(shell, (key, unused), 10, entries, "203.0.113.7", generate, add, "curl")
    asked = replace(generate, opened=True, description=Field("description", text))
    return {
        "api access": page,
        "api access empty": replace(page, keys=(), entries=(), closed_group=link),
        "api access full": replace(page, key_limit=2, caller=None),
        "generate": replace(
            page, generate=replace(asked, description=Field("description", text, text))
        ),
        "generate code": replace(page, generate=replace(asked, code=Field("code", "", text))),
        "generate verified": replace(page, generate=replace(asked, verified=True)),
        "add": replace(page, add=AddDialog(Field("address"), Field("comment", text), opened=True)),
        "add refused": replace(
            page,
            add=AddDialog(
                Field("address", text, text), Field("comment", text), opened=True, suggestion=text
            ),
        ),
        "key shown": KeyShown(shell, "5a" * 12, text, "kr_secret", "curl kr_secret"),
    }


def _explain(text: str) -> dict[str, Page]:
    shell = _shell(text)
    fields = [Field(name, text, text) for name in ("user", "method", "path", "address", "header")]
    call, looked = CallForm(*fields, api="guarded"), Field("decision", text)
    rules = trace.steps(Operation("x", "GET", "/", whitelisted=True), "7")
    steps = tuple(StepRow(**asdict(step)) for step in rules)
    told = Told(
        "refused", "Refused by rule 7", text, (("Call", text), ("By", text)), steps,
        elsewhere=("Judge it as a call of the guarded API", "/settings/explain"),
        hops=(HopRow(text, text),),
    )  # fmt: skip
    page = Explain(shell, call, looked, (HopRow(text, text),), told)
    return {
        "explain": replace(page, told=None),
        "explain refused": page,
        "explain allowed": replace(page, told=replace(told, verdict="allowed", elsewhere=None)),
        "explain depends": replace(page, told=replace(told, verdict="depends")),
    }


def _account(text: str) -> dict[str, Page]:
    shell = replace(_shell(text), place="account")
    here = SessionRow(_moment(), _moment(), "203.0.113.7", "Firefox on Linux", current=True)
    rows = (here, replace(here, address=None, current=False))
    page = Account(shell, text, False, None, 0, DisableDialog(), PasswordForm(), rows)
    guarded = replace(
        page, second_factor=True, second_factor_since=_moment(), recovery_codes_left=9
    )
    wrong = PasswordForm(Field("current", "", text), Field("new", "", text))
    return {
        "account": replace(page, password=wrong),
        "account guarded": guarded,
        "account disable": replace(guarded, disable=DisableDialog(Field("code"), opened=True)),
        "second factor": SecondFactorSetup(shell, '<svg viewBox="0 0 1 1"></svg>', "JBSW Y3DP"),
        "recovery codes": RecoveryCodes(shell, ("abcd-efgh", "ijkl-mnop")),
    }


def _shell(text: str) -> Shell:
    link = GroupLink("5a" * 12, text)
    undo = Undo("Undo", "/settings/api-access/whitelist", (("address", text),))
    notices = (Notice("done", text), Notice("warning", text, undo))
    return Shell("token", "ada@example.org", (link,), link, "settings", notices)


def _moment() -> Moment:
    return Moment("yesterday", "2026-11-24T10:21:00Z", "Tuesday 24 November 2026, 10:21 UTC")
