"""One form sent twice at once, over HTTP: it does its work once, and nothing is shown twice."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import requests

from console.browser import code
from console.conftest import CLI, PASSWORD
from doors.installation import Installation
from keyreeve import settings
from keyreeve.app import edge
from keyreeve.domain.user import User
from keyreeve.protocol import totp
from keyreeve.services import second_factors, users
from keyreeve.storage.database import Database

EMAIL = "ada@example.org"
API_ACCESS = "/settings/api-access"


def test_of_two_requests_with_one_code_one_verifies_and_one_key_is_made(tmp_path: Path) -> None:
    with Installation(tmp_path).serving(workers=2) as server:
        given = {"KEYREEVE_DATABASE_URL": f"sqlite:///{tmp_path / 'keyreeve.db'}"}
        database = Database.open(settings.load(given), edge.real())
        user, secret, recovery = guarded(database)
        tab = Tab(server.url)
        tab.sign_in()
        tab.post("/sign-in/code", code=recovery)
        await_next_code()
        form = {"code": code(secret, time.time()), "description": "Backup"}

        answers = tab.post_twice(f"{API_ACCESS}/keys/verify", **form)
        locations = [answer.headers.get("location", "") for answer in answers]
        assert len([path for path in locations if "verified=1" in path]) == 1
        (right,) = [a for a in answers if "verified=1" in a.headers.get("location", "")]
        tab.session.cookies.update(right.cookies)

        (ticket,) = set(re.findall(r'name="ticket" value="([^"]+)"', tab.page(API_ACCESS)))
        answers = tab.post_twice(API_ACCESS, description="Backup", ticket=ticket)
        shown = [key for a in answers for key in set(re.findall(r'"(kr_\w{33})"', a.text))]
        with database.snapshot() as s:
            assert len(s.api_keys.list(user.id)) == 1
        assert len(shown) == 1
        assert all(answer.status_code < 500 for answer in answers)
        database.close()


class Tab:
    """A browser that can press a button twice at once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers["Origin"] = url

    def page(self, path: str) -> str:
        return self.session.get(self.url + path, timeout=30).text

    def sign_in(self) -> None:
        self.page("/sign-in")
        self.post("/sign-in", at="/sign-in", email=EMAIL, password=PASSWORD)

    def post(self, path: str, *, at: str | None = None, **typed: str) -> requests.Response:
        data = {"csrf": self.token(at or path), **typed}
        return self.session.post(self.url + path, data, timeout=30, allow_redirects=False)

    def post_twice(self, path: str, **typed: str) -> list[requests.Response]:
        data = {"csrf": self.token(API_ACCESS), **typed}
        together, cookies = Barrier(2), self.session.cookies.get_dict()

        def sent(_: int) -> requests.Response:
            together.wait(10)
            return requests.post(
                self.url + path, data, cookies=cookies, timeout=30, allow_redirects=False,
                headers={"Origin": self.url},
            )  # fmt: skip

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(sent, range(2)))

    def token(self, path: str) -> str:
        (token,) = set(re.findall(r'name="csrf" value="([^"]+)"', self.page(path)))
        return token


def guarded(database: Database) -> tuple[User, str, str]:
    """Make a user with a second factor."""
    hashed = users.hashed(PASSWORD)
    with database.transaction() as t:
        user = users.create(
            t, CLI, username=EMAIL, first_name="Ada", last_name="Lovelace", password=hashed
        )
        secret = second_factors.begin(t, user).secret
        codes = second_factors.confirm(t, CLI, user, code(secret, time.time()))
    assert isinstance(codes, tuple)
    return user, secret, codes[0]


def await_next_code() -> None:
    """Wait until the code that was spent on setting up is no longer the one of this moment."""
    time.sleep(totp.STEP_SECONDS - time.time() % totp.STEP_SECONDS)
