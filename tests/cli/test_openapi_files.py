import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from keyreeve.cli import openapi_files, structured_files
from keyreeve.cli.openapi_files import InvalidDocument

JSON = b'{"openapi": "3.0.3", "paths": {"/a": {"get": {}}}}'
YAML = b"""
openapi: 3.1.0
paths:
  /a:
    get:
      x-keyreeve-whitelisted: true
      responses: {200: {description: fine}}
"""


@pytest.mark.parametrize("data", [JSON, b"\xef\xbb\xbf" + JSON, b"\n " + JSON, YAML])
def test_a_document_is_json_or_yaml(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "api"
    file.write_bytes(data)
    (operation,) = openapi_files.read(str(file)).operations
    assert operation.template == "/a"
    assert operation.whitelisted is (data is YAML)


def test_it_may_come_in_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(JSON)))
    assert len(openapi_files.read("-").operations) == 1


class Shop(BaseHTTPRequestHandler):
    """Serves the document under one path and an error under every other."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/openapi.json" else 404)
        self.end_headers()
        self.wfile.write(JSON)

    def log_message(self, *_: Any) -> None:
        pass


def test_it_may_come_from_a_url() -> None:
    with HTTPServer(("127.0.0.1", 0), Shop) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            assert len(openapi_files.read(f"{url}/openapi.json").operations) == 1
            with pytest.raises(InvalidDocument, match="Not Found"):
                openapi_files.read(f"{url}/other")
        finally:
            server.shutdown()
            thread.join(10)
    with pytest.raises(InvalidDocument, match="refused"):
        openapi_files.read(f"{url}/openapi.json")


BROKEN = {
    "no document": b"",
    "no UTF-8": b'{"openapi": "\xff"}',
    "half a document": JSON[:-2],
    "a key twice": JSON.replace(b"{}", b'{"operationId": "a", "operationId": "b"}'),
    "a key twice in YAML": YAML + b"openapi: 3.1.0\n",
    "an alias": b"a: &a 1\nb: *a\n",
    "a Python object": b"a: !!python/object/apply:os.getcwd []\n",
    "two YAML documents": YAML + b"---\n" + YAML,
    "broken YAML": b"a: [\n",
    "deep JSON": b'{"a":' + b"[" * 100_000,
    "deep YAML": b"[" * 3_000,
    "no OpenAPI": b"{}",
    "a mark nobody knows": YAML.replace(b"whitelisted", b"whitelist"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    file = tmp_path / "api"
    file.write_bytes(BROKEN[name])
    with pytest.raises(InvalidDocument) as refused:
        openapi_files.read(str(file))
    assert str(refused.value).isprintable()


def test_a_document_has_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "api"
    file.write_bytes(json.dumps({"a": "b" * 100}).encode())
    monkeypatch.setattr(structured_files, "SIZE_LIMIT", 50)
    with pytest.raises(InvalidDocument, match="more than 50 bytes"):
        openapi_files.read(str(file))


@pytest.mark.parametrize("source", ["missing.json", ".", "file:///etc/passwd", "ftp://127.0.0.1/a"])
def test_what_is_not_there_is_named(source: str) -> None:
    with pytest.raises(InvalidDocument, match=r"^[^ ]+: "):
        openapi_files.read(source)
