"""Runs one client that has a virtual environment of its own: `python_clients.py CLIENT`.

What it needs to know stands in the environment; what came of it is printed as JSON.
"""

import io
import json
import os
import sys
from typing import Any

import tasks

URL, BASE = os.environ["URL"], os.environ["BASE"]
USER, KEY = os.environ["USERNAME"], os.environ["KEY"]
GROUP, USER_ID, ENTRY = os.environ["GROUP_ID"], os.environ["USER_ID"], os.environ["ENTRY"]
JSON = {"Content-Type": "application/json"}


def with_pycurl() -> dict[str, Any]:
    import pycurl  # noqa: PLC0415  one of them

    handle = pycurl.Curl()

    def call(method: str, path: str, body: Any) -> Any:
        written = io.BytesIO()
        handle.reset()
        handle.setopt(pycurl.URL, URL + BASE + path)
        handle.setopt(pycurl.HTTPAUTH, pycurl.HTTPAUTH_DIGEST)
        handle.setopt(pycurl.USERNAME, USER)
        handle.setopt(pycurl.PASSWORD, KEY)
        handle.setopt(pycurl.WRITEDATA, written)
        handle.setopt(pycurl.FAILONERROR, 1)
        if body is not None:
            handle.setopt(pycurl.POSTFIELDS, json.dumps(body))
            handle.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json"])
        elif method != "GET":
            handle.setopt(pycurl.CUSTOMREQUEST, method)
        handle.perform()
        return json.loads(written.getvalue())

    return tasks.done(call, GROUP, USER_ID, ENTRY)


def with_httplib2() -> dict[str, Any]:
    import httplib2  # noqa: PLC0415  one of them

    client = httplib2.Http(timeout=30)
    client.add_credentials(USER, KEY)

    def call(method: str, path: str, body: Any) -> Any:
        sent = None if body is None else json.dumps(body)
        answer, content = client.request(URL + BASE + path, method, sent, headers=JSON)
        assert answer.status < 300, (answer.status, content)
        return json.loads(content)

    return tasks.done(call, GROUP, USER_ID, ENTRY)


def with_httpx() -> dict[str, Any]:
    import httpx  # noqa: PLC0415  one of them

    with httpx.Client(auth=httpx.DigestAuth(USER, KEY), timeout=30) as client:

        def call(method: str, path: str, body: Any) -> Any:
            answer = client.request(method, URL + BASE + path, json=body)
            answer.raise_for_status()
            return answer.json()

        return tasks.done(call, GROUP, USER_ID, ENTRY)


def with_atlasapi() -> dict[str, Any]:
    os.environ["BASE_URL"] = URL  # read when it is imported
    from atlasapi.atlas import Atlas  # noqa: PLC0415  one of them

    atlas = Atlas(USER, KEY, GROUP)
    own = f"{URL}/api/atlas/v1.0/users/{USER_ID}/whitelist"
    added = atlas.network.post(own, [{"ipAddress": ENTRY, "comment": "by a client"}])
    return {
        "groups": [project.name for project in atlas.Projects.projects],
        "group": atlas.Projects.project_by_id(GROUP).name,
        "user": next(iter(atlas.Projects.get_project_users())).username,
        "added": [entry["cidrBlock"] for entry in added["results"]],
        "removed": atlas.network.delete(f"{own}/{ENTRY}"),
        "left": [entry["cidrBlock"] for entry in atlas.network.get(own)["results"]],
    }


def with_opsmanager() -> dict[str, Any]:
    from opsmanager import OpsManagerClient  # noqa: PLC0415  one of them

    with OpsManagerClient(URL, USER, KEY, rate_limit=0) as client:
        own = f"{BASE}/users/{USER_ID}/whitelist"
        session = client._session
        added = session.post(own, json=[{"ipAddress": ENTRY, "comment": "by a client"}])
        return {
            "groups": [project.name for project in client.projects.list()],
            "group": client.projects.get(GROUP).name,
            "user": client.users.get(USER_ID).username,
            "added": [entry["cidrBlock"] for entry in added["results"]],
            "removed": session.delete(f"{own}/{ENTRY}"),
            "left": [entry["cidrBlock"] for entry in session.get(own)["results"]],
        }


if __name__ == "__main__":
    print(json.dumps(globals()[f"with_{sys.argv[1]}"]()))
