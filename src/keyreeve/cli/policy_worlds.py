"""The worlds in which policies are tested: the installation's, or one that a file makes up."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from keyreeve.api.described import OWN
from keyreeve.cli import openapi_files, policy_files
from keyreeve.cli.installations import looking
from keyreeve.cli.policy_files import Expectation, InvalidPolicy, Person, PolicyFile
from keyreeve.domain import explanation, role
from keyreeve.domain.catalogue import Catalogue
from keyreeve.domain.decision import NamedUser, Proof
from keyreeve.domain.explanation import Explanation
from keyreeve.domain.naming import By
from keyreeve.domain.operation import ANY_ROLE
from keyreeve.domain.role import GLOBAL_ROLES, GROUP_ROLES, Roles
from keyreeve.domain.subject import GroupState, Membership, Subject
from keyreeve.domain.whitelist import Whitelist
from keyreeve.protocol import address
from keyreeve.protocol.address import MalformedAddress
from keyreeve.services import explanations, users
from keyreeve.storage.transaction import Snapshot


class World(Protocol):
    """Where expectations are tried."""

    def explain(self, expectation: Expectation) -> Explanation:
        """Say what is decided of the call.

        Raises:
            Refusal: there is no such user.
            Indescribable: no door would read the call.
        """


@contextmanager
def of(source: str, file: PolicyFile) -> Iterator[World]:
    """Return the world of a policy file. One that brings its own users asks no database.

    Raises:
        Refusal: what it names cannot be had, or is malformed.
    """
    catalogue = None
    if file.catalogue is not None:
        reading = openapi_files.read(policy_files.beside(source, file.catalogue))
        catalogue = Catalogue(reading.operations)
    if file.users is not None:
        yield _MadeUp(catalogue or Catalogue(()), file.groups or {}, file.users)
        return
    with looking() as s:
        yield _Installed(s, catalogue or explanations.catalogue(s, OWN, "guarded"))


class _Installed:
    """The users and groups of the installation."""

    def __init__(self, s: Snapshot, guarded: Catalogue) -> None:
        self._s = s
        self._guarded = guarded

    def explain(self, expectation: Expectation) -> Explanation:
        known = users.find(self._s, expectation.user)
        catalogue = _catalogue(expectation, self._guarded)
        return explanations.of(self._s, known, expectation.call, catalogue)


class _MadeUp:
    """Users who always prove themselves, and groups; the name of each is its id, too."""

    def __init__(
        self, guarded: Catalogue, groups: Mapping[str, bool], people: Mapping[str, Person]
    ) -> None:
        self._guarded = guarded
        self._groups = {
            name: GroupState(name, public_api_enabled=opened) for name, opened in groups.items()
        }
        roles = GROUP_ROLES.union(*(o.roles for o in guarded.operations)) - ANY_ROLE
        self._subjects = {
            name: _subject(name, person, self._groups, roles) for name, person in people.items()
        }

    def explain(self, expectation: Expectation) -> Explanation:
        subject = self._subjects.get(expectation.user)
        if subject is None:
            raise InvalidPolicy(expectation.place, f"there is no user {expectation.user}")
        catalogue = _catalogue(expectation, self._guarded)
        return explanation.explain(subject, Proof.HOLDS, expectation.call, catalogue, self)

    def group(self, by: By, value: str) -> GroupState | None:  # noqa: ARG002 - ids are names here
        return self._groups.get(value)

    def user(self, by: By, value: str) -> NamedUser | None:  # noqa: ARG002 - ids are names here
        found = self._subjects.get(value)
        return None if found is None else NamedUser(found.user_id, frozenset(found.memberships))


def _catalogue(expectation: Expectation, guarded: Catalogue) -> Catalogue:
    api = expectation.api or explanations.which(OWN, expectation.call)
    return OWN.catalogue if api == "own" else guarded


def _subject(name: str, person: Person, groups: Mapping[str, GroupState], known: Roles) -> Subject:
    place = f"user {name}"
    everywhere = role.everywhere(_roles(place, person.everywhere, GLOBAL_ROLES))
    memberships = {}
    for group, held in person.roles.items():
        if group not in groups:
            raise InvalidPolicy(place, f"there is no group {group}")
        memberships[group] = Membership(groups[group], everywhere | _roles(place, held, known))
    try:
        networks = {address.parse_network(text): text for text in person.whitelist}
    except MalformedAddress as malformed:
        raise InvalidPolicy(f"{place}: whitelist", str(malformed)) from None
    return Subject(name, name, memberships, everywhere, Whitelist(networks))


def _roles(place: str, given: Iterable[str], known: Roles) -> Roles:
    for held in given:
        if held not in known:
            raise InvalidPolicy(place, f"{held} is none of the roles {', '.join(sorted(known))}")
    return frozenset(given)
