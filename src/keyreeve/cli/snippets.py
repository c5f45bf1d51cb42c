"""What a report proposes, ready to be read and copied: commands, and a piece of OpenAPI."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby

from keyreeve.domain.discovered import Discovered
from keyreeve.services.proposals import Proposal


def commands(proposals: Iterable[Proposal]) -> Iterator[str]:
    """Yield lines for a shell; a comment before each command says what it would open.

    What gives away more than the calls need is a comment itself: nobody shall run it unread.
    """
    yield "# Proposals. Read each before you run it: what it opens is open for good."
    for proposal in proposals:
        yield ""
        yield f"# {proposal.advice} ({_calls(proposal.calls)})"
        if proposal.opens is not None:
            yield f"# OPENS {proposal.opens}."
        if proposal.command is not None:
            yield f"# {proposal.command}" if proposal.drastic else proposal.command


def paths(operations: Iterable[Discovered]) -> Iterator[str]:
    """Yield YAML for an OpenAPI document; each operation is opened to Owners and nobody else."""
    yield "# Operations that no catalogue knows. Look who called them: whatever is imported OPENS."
    yield "# Add what is meant to be called to your document, then: keyreeve catalogue import FILE"
    yield "paths:"
    for path, found in groupby(operations, key=lambda one: one.template):
        several = list(found)
        # JSON is YAML: no path, whoever made it up, can end its line.
        yield f"  {json.dumps(path)}:"
        names = several[0].parameters
        if names:
            yield f"    # x-keyreeve-group: {names[0]}  if that names the group"
            yield "    parameters:"
        for name in names:
            told = json.dumps(name)
            yield f"      - {{name: {told}, in: path, required: true, schema: {{type: string}}}}"
        for one in several:
            yield f"    {one.method}:  # {_calls(one.calls)}, {one.proven} with a valid key"
            yield "      x-keyreeve-roles: [GROUP_OWNER]  # or whoever else may"
            yield "      # x-keyreeve-whitelisted: true  if it is dangerous"
            yield "      responses: {default: {description: Not known.}}"


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number} calls"
