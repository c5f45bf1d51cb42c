"""Clients that are at hand here: two commands, and libraries for Python."""

import asyncio
import json
import subprocess
import urllib.request
from typing import Any

import aiohttp
import httpx2
import requests
from requests.auth import HTTPDigestAuth

JSON = {"Content-Type": "application/json"}


class Client:
    """Calls under one URL, as one user with one key."""

    def __init__(self, url: str, user: str, key: str) -> None:
        self.url, self.user, self.key = url, user, key

    def curl(self, method: str, path: str, body: Any) -> Any:
        command = ["curl", "-sS", "--fail", "--digest", "-u", f"{self.user}:{self.key}"]
        command += ["-X", method, self.url + path]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        return json.loads(_printed(command))

    def wget(self, method: str, path: str, body: Any) -> Any:
        command = ["wget", "-q", "-O", "-", f"--user={self.user}", f"--password={self.key}"]
        command += ["--tries=1", f"--method={method}", self.url + path]
        if body is not None:
            command += ["--header=Content-Type: application/json"]
            command += [f"--body-data={json.dumps(body)}"]
        return json.loads(_printed(command))

    def requests(self, method: str, path: str, body: Any) -> Any:
        auth = HTTPDigestAuth(self.user, self.key)
        answer = requests.request(method, self.url + path, json=body, auth=auth, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def httpx2(self, method: str, path: str, body: Any) -> Any:
        auth = httpx2.DigestAuth(self.user, self.key)
        answer = httpx2.request(method, self.url + path, json=body, auth=auth, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def aiohttp(self, method: str, path: str, body: Any) -> Any:
        async def call() -> Any:
            digest = aiohttp.DigestAuthMiddleware(self.user, self.key)
            async with (
                aiohttp.ClientSession(middlewares=(digest,), raise_for_status=True) as session,
                session.request(method, self.url + path, json=body) as answer,
            ):
                return await answer.json()

        return asyncio.run(call())

    def urllib(self, method: str, path: str, body: Any) -> Any:
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, self.url, self.user, self.key)
        opener = urllib.request.build_opener(urllib.request.HTTPDigestAuthHandler(passwords))
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.url + path, data, JSON, method=method)
        with opener.open(asked, timeout=30) as answer:
            return json.load(answer)


def _printed(command: list[str]) -> bytes:
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
