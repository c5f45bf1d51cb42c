"""The first user of an installation, made over the API by whoever calls first, if that is set."""

from collections.abc import Callable
from typing import ClassVar

from anyio import to_thread
from msgspec import UNSET, UnsetType
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from keyreeve.api import attributes, bodies, links, problems, query, representation
from keyreeve.api.attributes import Attributes
from keyreeve.api.links import Links
from keyreeve.api.problems import Rendered
from keyreeve.api.query import Query
from keyreeve.api.refusals import EmailAddressDiffers
from keyreeve.api.representation import Document, Link, Reply
from keyreeve.api.users import HeldRoleDocument, UserDocument, all_links
from keyreeve.domain.decision import Deny, Reason
from keyreeve.domain.errors import Refusal
from keyreeve.domain.operation import Operation
from keyreeve.domain.user import User
from keyreeve.judge.verdict import Verdict
from keyreeve.protocol.address import Address
from keyreeve.services import first_user, users
from keyreeve.services.first_user import FirstUser
from keyreeve.storage.database import Database

PATH = "/unauth/users"


class NewFirstUser(Attributes, frozen=True):
    """The first user. His password is for the console."""

    username: str
    password: str
    first_name: str
    last_name: str
    email_address: str | UnsetType = UNSET

    read_only: ClassVar[frozenset[str]] = frozenset({"id", "roles", "links"})


class FirstKeyDocument(Document, frozen=True):
    """A key with its secret, this once. The id may stand for the login."""

    id: str
    desc: str
    public_key: str
    private_key: str
    roles: list[HeldRoleDocument]
    links: list[Link]


class FirstUserDocument(Document, frozen=True):
    """The first user and his key: `apiKey` for older clients, the same as an object for newer."""

    user: UserDocument
    api_key: str
    programmatic_api_key: FirstKeyDocument


class FirstUserDoor:
    """Answers under one path, without proof; as if it were not there unless it is enabled."""

    def __init__(self, database: Database, *, public_url: str, enabled: bool) -> None:
        self._database = database
        self._public_url = public_url.rstrip("/")
        self._enabled = enabled

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            status, headers, body = await self._answer(scope, Request(scope, receive))
        except ClientDisconnect:
            return
        length = (b"content-length", str(len(body)).encode())
        start = {"status": status, "headers": [*headers, length]}
        await send({"type": "http.response.start", **start})
        sent = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": sent})

    async def _answer(self, scope: Scope, request: Request) -> Rendered:
        if not self._enabled:
            return problems.render(Verdict(Deny(Reason.OPERATION_UNKNOWN)), scope)
        if request.method != operation.method:
            other = Verdict(Deny(Reason.METHOD_NOT_ALLOWED), allowed_methods=(operation.method,))
            return problems.render(other, scope)
        raw = scope["query_string"]
        try:
            asked = query.parse(raw)
            await to_thread.run_sync(self._check)
            body = await bodies.read(request)
            base = self._public_url + links.base_of(scope["raw_path"].decode("latin-1"))
            create = self._creating(asked, Links(base), scope.get("keyreeve.caller"))
            reply = await to_thread.run_sync(create, body)
        except Refusal as refusal:
            return problems.answer(refusal, query.style(raw))
        return reply.status, [problems.JSON], representation.encode(reply, asked.style)

    def _check(self) -> None:
        """Refuse before a body is read or a password hashed for nothing."""
        with self._database.snapshot() as s:
            first_user.check_none(s)

    def _creating(
        self, asked: Query, at: Links, caller: Address | None
    ) -> Callable[[bytes], Reply]:
        def create(body: bytes) -> Reply:
            wanted = attributes.decode(body, NewFirstUser)
            if wanted.email_address not in (UNSET, wanted.username):
                raise EmailAddressDiffers(str(wanted.email_address), wanted.username)
            password = users.hashed(wanted.password)
            with self._database.transaction() as t:
                made = first_user.create(
                    t,
                    username=wanted.username,
                    first_name=wanted.first_name,
                    last_name=wanted.last_name,
                    password=password,
                    whitelist=(*asked.all("whitelist"), *asked.all("accessList")),
                    caller=caller,
                )
            return Reply(201, _document(made, at))

        return create


def _document(made: FirstUser, at: Links) -> FirstUserDocument:
    user, key = made.user, made.key
    roles = [HeldRoleDocument(role) for role in sorted(user.global_roles)]
    programmatic = FirstKeyDocument(
        id=key.id,
        desc=key.description,
        public_key=key.id,
        private_key=made.secret,
        roles=roles,
        links=[at.own("users", user.id, "apiKeys", key.id)],
    )
    return FirstUserDocument(_user(user, roles, at), made.secret, programmatic)


def _user(user: User, roles: list[HeldRoleDocument], at: Links) -> UserDocument:
    return UserDocument(
        id=user.id,
        username=user.username,
        email_address=user.username,
        first_name=user.first_name,
        last_name=user.last_name,
        roles=roles,
        links=all_links(at, user),
    )


operation = Operation(
    "first_user.create",
    "POST",
    PATH,
    summary="Make the first user, a Global Owner, of an installation that has none.",
    body=NewFirstUser,
    answers={201: FirstUserDocument},
    errors=(
        "CANNOT_CREATE_FIRST_USER_USERS_ALREADY_EXIST",
        "INVALID_ATTRIBUTE",
        "INVALID_EMAIL_ADDRESS",
        "INVALID_IP_ADDRESS_OR_CIDR_NOTATION",
        "INVALID_USERNAME",
        "WEAK_PASSWORD",
        "WHITELIST_LIMIT_REACHED",
    ),
)
"""Described like the others, but behind no guard. It knows the query parameter `whitelist`."""
