"""A browser without JavaScript: it keeps cookies, follows redirects and fills in forms by label."""

import asyncio
import base64
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from keyreeve.console.application import Console
from keyreeve.protocol import totp

HOST = "127.0.0.1:8080"
ADDRESS = "203.0.113.7"
REDIRECTS = 5
VOID = frozenset({"meta", "link", "input", "path", "circle", "br"})


@dataclass
class Element:
    """One element and what stands in it."""

    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        parts = [part if isinstance(part, str) else part.text for part in self.children]
        return " ".join(" ".join(parts).split())

    def all(self, *tags: str) -> list["Element"]:
        found: list[Element] = []
        for child in self.children:
            if isinstance(child, Element):
                found += [child] if child.tag in tags else []
                found += child.all(*tags)
        return found

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")


class Page(HTMLParser):
    """One answer, read as a browser reads it."""

    def __init__(self, status: int, headers: list[tuple[str, str]], html: str, path: str) -> None:
        super().__init__()
        self.status = status
        self.headers = headers
        self.html = html
        self.path = path
        self.root = Element("html", {})
        self._open = [self.root]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def header(self, name: str) -> str:
        return next((value for found, value in self.headers if found == name), "")

    @property
    def text(self) -> str:
        (body,) = self.root.all("body")
        return body.text

    @property
    def heading(self) -> str:
        return self.root.all("h1")[0].text

    @property
    def token(self) -> str:
        """What every form of this page carries."""
        (token,) = {e.get("value") for e in self.root.all("input") if e.get("name") == "csrf"}
        return token

    @property
    def notices(self) -> list[str]:
        return [
            e.all("p")[0].text for e in self.root.all("div") if e.get("role") in ("status", "alert")
        ]

    @property
    def problems(self) -> list[str]:
        return [e.text for e in self.root.all("p") if e.get("class") == "field-problem"]

    def named(self, *tags: str) -> dict[str, Element]:
        """Return elements by accessible name."""
        return {self._name(element): element for element in self.root.all(*tags)}

    def field(self, label: str) -> Element:
        by_id = {element.get("id"): element for element in self.root.all("input")}
        (wanted,) = [e for e in self.root.all("label") if e.text == label]
        return by_id[wanted.get("for")]

    def form(self, button: str, *labels: str) -> tuple[Element, Element]:
        """Return the form that holds this button and these fields, and the button."""
        ids = {e.text: e.get("for") for e in self.root.all("label")}
        for form in self.root.all("form"):
            inside = {e.get("id") for e in form.all("input")}
            for element in form.all("button"):
                if self._name(element) == button and {ids.get(label) for label in labels} <= inside:
                    return form, element
        raise LookupError((button, labels, self.html))

    def _name(self, element: Element) -> str:
        if element.get("aria-label"):
            return element.get("aria-label")
        ids = {e.get("id"): e for e in self.root.all("h2", "h3", "p")}
        if element.get("aria-labelledby"):
            return ids[element.get("aria-labelledby")].text
        return element.text


class Browser:
    """Somebody at a console."""

    def __init__(self, console: Console, *, address: str | None = ADDRESS, agent: str = "") -> None:
        self._console = console
        self._address = address
        self._agent = agent
        self.cookies: dict[str, str] = {}
        self.page = Page(0, [], "<body></body>", "")

    def get(self, path: str, **headers: str) -> Page:
        """Ask for a page, and follow where it leads."""
        return self._follow(self.send("GET", path, headers=headers))

    def press(self, button: str, /, **typed: str) -> Page:
        """Fill in the fields of these labels and press the button of their form."""
        return self.submit(button, {label.replace("_", " "): text for label, text in typed.items()})

    def submit(self, button: str, typed: dict[str, str], **instead: str) -> Page:
        """Press a button; `instead` puts other values under names of the form."""
        form, element = self.page.form(button, *typed)
        ids = {e.text: e.get("for") for e in self.page.root.all("label")}
        by_id = {ids[label]: text for label, text in typed.items()}
        data = {
            e.get("name"): by_id.get(e.get("id"), e.get("value"))
            for e in form.all("input")
            if e.get("name")
        }
        if element.get("name"):
            data[element.get("name")] = element.get("value")
        data |= instead
        if form.get("method") == "post":
            return self.post(form.get("action"), data)
        return self.get(f"{form.get('action')}?{urlencode(data)}")

    def post(self, path: str, data: dict[str, str], **headers: str) -> Page:
        """Send a form from one of our own pages, unless `headers` say otherwise."""
        own = {"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}
        return self._follow(self.send("POST", path, data=data, headers=own | headers))

    def send(
        self,
        method: str,
        path: str,
        *,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Page:
        """Send one request, follow nothing."""
        body = b"" if data is None else urlencode(data).encode()
        fields = {"host": HOST, "user-agent": self._agent}
        fields |= {"content-type": "application/x-www-form-urlencoded"} if data is not None else {}
        if self.cookies:
            fields["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        fields |= {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        answer = asyncio.run(self._asked(method, path, fields, body))
        for name, value in answer.headers:
            if name == "set-cookie":
                self._keep(value)
        return answer

    def sign_in(self, email: str, password: str) -> Page:
        self.get("/sign-in")
        return self.press("Sign in", Email=email, Password=password)

    def twin(self) -> "Browser":
        """Return a second tab of this browser."""
        tab = Browser(self._console, address=self._address, agent=self._agent)
        tab.cookies = self.cookies
        tab.page = self.page
        return tab

    def _follow(self, answer: Page) -> Page:
        for _ in range(REDIRECTS):
            if answer.status != 303:
                self.page = answer
                return answer
            answer = self.send("GET", answer.header("location"))
        raise AssertionError("redirects without end")

    def _keep(self, field: str) -> None:
        pair, *attributes = field.split("; ")
        name, _, value = pair.partition("=")
        if "Max-Age=0" in attributes:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value

    async def _asked(self, method: str, path: str, fields: dict[str, str], body: bytes) -> Page:
        raw, _, query = path.partition("#")[0].partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": raw,
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in fields.items()],
            "client": None if self._address is None else (self._address, 1234),
        }
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self._console(scope, receive, send)
        start, end = sent
        headers = [(k.decode(), v.decode("latin-1")) for k, v in start["headers"]]
        html = end["body"].decode() if dict(headers)["content-type"].startswith("text/html") else ""
        return Page(start["status"], headers, html, path)


def code(secret: str, seconds: float) -> str:
    """Return what an authenticator app shows for a secret in groups of four."""
    return totp.code(base64.b32decode(secret.replace(" ", "")), totp.step_at(seconds))
