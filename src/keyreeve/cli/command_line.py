"""Every command and where it lives; one way in, one way to fail."""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from keyreeve.cli.answers import Answer, Output
from keyreeve.domain.errors import Refusal
from keyreeve.settings import SettingsError

FAILED = 1
USAGE = 2
INTERRUPTED = 130

# Modules are named, not imported: `--help` must not wait for a database library.
_COMMANDS = {
    "": {
        "serve": ("serve:serve", "Serve the console and the public API."),
        "gate": ("gate:gate", "Answer a proxy's questions about every request."),
        "recipe": ("recipe:recipe", "Print a configuration for the proxy in front of an API."),
        "demo": ("demo:demo", "Serve a throwaway installation and print what to try."),
        "explain": ("explain:explain", "Say how a call would be decided, rule by rule."),
        "backup": ("databases:backup", "Copy the embedded database while it is in use."),
        "doctor": ("doctor:doctor", "Look for what is wrong with this installation."),
    },
    "user": {
        "create": ("users:create", "Create a user."),
        "list": ("users:list_", "List the users."),
        "disable": ("users:disable", "Disable a user: his keys stop working at once."),
        "enable": ("users:enable", "Enable a user again."),
        "password": ("users:password", "Set a user's console password."),
        "reset-second-factor": ("users:reset_second_factor", "Forget a user's second factor."),
    },
    "group": {
        "create": ("groups:create", "Create a group."),
        "list": ("groups:list_", "List the groups."),
        "set": ("groups:set_", "Open or close a group's public API, or observe it."),
    },
    "role": {
        "grant": ("roles:grant", "Give a user a role in a group."),
        "revoke": ("roles:revoke", "Take a role from a user."),
    },
    "key": {
        "generate": ("keys:generate", "Generate an API key. It is shown this one time."),
        "list": ("keys:list_", "List a user's API keys."),
        "enable": ("keys:enable", "Enable an API key."),
        "disable": ("keys:disable", "Disable an API key."),
        "delete": ("keys:delete", "Delete an API key."),
    },
    "whitelist": {
        "add": ("whitelists:add", "Add an address or range to a user's whitelist."),
        "remove": ("whitelists:remove", "Remove an entry from a user's whitelist."),
        "list": ("whitelists:list_", "List a user's whitelist."),
    },
    "catalogue": {
        "import": ("catalogues:import_", "Replace the catalogue by an OpenAPI document."),
        "list": ("catalogues:list_", "List the operations of the guarded API."),
        "check": ("catalogues:check", "List what a document leaves unclassified."),
    },
    "policy": {
        "test": ("policy:test", "Test what is expected of the rule, for a CI."),
    },
    "observe": {
        "report": ("observe:report", "Tell which calls would have been refused."),
    },
    "decision": {
        "show": ("decisions:show", "Show what was decided about a call, rule by rule."),
    },
    "audit": {
        "list": ("audits:list_", "List who changed what, newest first."),
        "verify": ("audits:verify", "Check that no audit event was altered or removed."),
        "export": ("audits:export", "Write every audit event as a line of JSON."),
    },
    "db": {
        "upgrade": ("databases:upgrade", "Bring the database to this version's schema."),
        "check": ("databases:check", "Tell whether the database has this version's schema."),
    },
}
_ROOMS = {
    "user": "Users and their state.",
    "group": "Groups, and whether their public API is open.",
    "role": "Who may do what in a group.",
    "key": "API keys.",
    "whitelist": "Addresses from which a user may call whitelisted operations.",
    "catalogue": "The operations of the API that doors guard.",
    "policy": "What is expected of the rule.",
    "observe": "What doors let through while they only observe.",
    "decision": "What was decided about calls, and why.",
    "audit": "The record of every change.",
    "db": "The database's schema.",
}


def main() -> None:
    """Run the command of this process and end it."""
    sys.exit(run(sys.argv[1:]))


def run(words: Sequence[str]) -> int:
    """Run one command and return its exit status; only success is 0."""
    output = Output(as_json="--json" in words)
    try:
        return _answered(words, output)
    except CycloptsError as error:
        output.fail("USAGE", " ".join(str(error).split()))
        return USAGE
    except Refusal as refusal:
        output.fail(refusal.code, str(refusal))
    except SettingsError as error:
        output.fail("INVALID_SETTING", f"{error}.")
    except BrokenPipeError:
        # The reader has seen enough; nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return INTERRUPTED
    return FAILED


def _answered(words: Sequence[str], output: Output) -> int:
    answer: Answer | None = _application().meta(list(words))
    if answer is None:
        return 0 if _only_asks(words) else USAGE
    output.say(answer)
    sys.stdout.flush()
    return answer.status


def _application() -> App:
    application = App(
        name="keyreeve",
        help="API keys that carry their owner's roles, and whitelists for what is dangerous.",
        version=lambda: metadata.version("keyreeve"),
        help_format="plaintext",
        help_formatter="plain",
        print_error=False,
        exit_on_error=False,
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for room, commands in _COMMANDS.items():
        parent = application
        if room:
            parent = App(name=room, help=_ROOMS[room])
            application.command(parent)
        for name, (place, sentence) in commands.items():
            parent.command(f"keyreeve.cli.{place}", name=name, help=sentence)
    application.meta.default(_launcher(application))
    return application


def _launcher(application: App) -> Callable[..., Answer | None]:
    """Return what takes `--json` out of every command line, and hands the rest on."""

    def launch(
        *words: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        json: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    ) -> Answer | None:
        """Launch a command.

        Parameters
        ----------
        json
            Answer, and fail, in JSON.
        """
        command, bound, ignored = application.parse_args(words)
        extra = dict.fromkeys(ignored, Output(as_json=json))
        answer: Answer | None = command(*bound.args, **bound.kwargs, **extra)
        return answer

    return launch


def _only_asks(words: Sequence[str]) -> bool:
    """Tell whether help or the version was asked for, and not merely no command given."""
    return any(word in {"--help", "-h", "--version"} for word in words)
