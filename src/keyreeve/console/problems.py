"""Pages that say what went wrong, and where to go from there."""

from keyreeve.console import answers, shells
from keyreeve.console.answers import Answer
from keyreeve.console.cookies import SetCookie
from keyreeve.console.views import Problem
from keyreeve.console.visit import Visit
from keyreeve.domain.decision import Reason


def not_found(visit: Visit) -> Answer:
    """Answer where there is nothing, or nothing that this user may see."""
    return _page(
        visit,
        answers.NOT_FOUND,
        "This page does not exist",
        "The address may be mistyped, or what stood here was deleted.",
    )


def method_not_allowed(visit: Visit, methods: tuple[str, ...]) -> Answer:
    """Answer a method that this path does not know."""
    page = Problem(
        shells.bare(visit), "That cannot be done here", ("This page only shows things.",)
    )
    body = answers.page(page).body
    return Answer(answers.METHOD_NOT_ALLOWED, body, allow=", ".join(methods))


def foreign(visit: Visit) -> Answer:
    """Answer a form that another site sent."""
    return _page(
        visit,
        answers.FORBIDDEN,
        "That did not come from here",
        "Another site tried to change something in your name. Nothing was changed.",
    )


def stale(visit: Visit, back: str) -> Answer:
    """Answer a form of ours that was made for another session; what was typed goes back with it."""
    return _page(
        visit,
        answers.FORBIDDEN,
        "This form is out of date",
        "You signed in anew, or gave a code, since the page was opened. Nothing was changed.",
        "Go back to the form: what you typed is still there. Then send it again.",
        link=("Back to the form", back),
    )


def malformed(visit: Visit, status: int) -> Answer:
    """Answer what is no form of ours."""
    return _page(
        visit,
        status,
        "This form cannot be read",
        "It holds more than any form here. Nothing was changed.",
    )


def not_permitted(visit: Visit, reason: Reason) -> Answer:
    """Answer one whose role does not let him; a group he is not in does not exist for him."""
    if reason is Reason.GROUP_NOT_FOUND:
        return not_found(visit)
    return _page(
        visit,
        answers.FORBIDDEN,
        "Your role does not permit this",
        "Only an Owner of this group can change it. Nothing was changed.",
    )


def no_new_groups(visit: Visit) -> Answer:
    """Answer one who wants to make a group where only Global Owners do."""
    return _page(
        visit,
        answers.FORBIDDEN,
        "New groups are made by Global Owners",
        "This installation lets only Global Owners make groups. Ask one of them.",
    )


def already_sent(visit: Visit) -> Answer:
    """Answer the second sending of the form that makes a key."""
    return _page(
        visit,
        answers.CONFLICT,
        "This form was already sent",
        "It made one API key, which was shown once. Keyreeve cannot show it again.",
        "If you did not copy it, delete that key and generate another.",
        link=("See your keys", "/settings/api-access"),
    )


def not_set_up(visit: Visit, *cookies: SetCookie) -> Answer:
    """Answer before there is any user."""
    return _page(
        visit,
        answers.OK,
        "Almost there",
        "This installation has no users yet. When Keyreeve starts it prints a link; open that link "
        "to create the first account.",
        "The link works once and for an hour. Start Keyreeve again for another.",
        link=("Try again", "/"),
        cookies=cookies,
    )


def setup_over(visit: Visit) -> Answer:
    """Answer a set-up link that is used or too old, or that came after the first account."""
    return _page(
        visit,
        answers.FORBIDDEN,
        "This link does not work any more",
        "A set-up link works once and for an hour, and only until the first account exists.",
        "Is there an account? Then sign in. If not, start Keyreeve again: it prints another link.",
    )


def _page(
    visit: Visit,
    status: int,
    title: str,
    *sentences: str,
    link: tuple[str, str] = ("Go to the start page", "/"),
    cookies: tuple[SetCookie, ...] = (),
) -> Answer:
    page = Problem(shells.bare(visit), title, sentences, link)
    return answers.page(page, *cookies, status=status)
