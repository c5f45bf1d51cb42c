"""Forms as browsers send them: text by name, and never more than one form can hold."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

LONGEST = 64 * 1024
FIELDS = 32
TYPE = "application/x-www-form-urlencoded"


class MalformedForm(Exception):
    """What was sent is no form of ours; holds the status of the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Form:
    """The fields of one form or query. A field that is missing is empty."""

    def __init__(self, fields: Mapping[str, str] | None = None) -> None:
        self._fields = dict(fields or {})

    def __getitem__(self, name: str) -> str:
        """Return what was typed into a field."""
        return self._fields.get(name, "")

    def __contains__(self, name: object) -> bool:
        """Tell whether the field was sent at all."""
        return name in self._fields


async def read(request: Request) -> Form:
    """Read the form in the body of a request.

    Raises:
        MalformedForm: another type (415), or more than any of our forms holds (413).
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != TYPE:
        raise MalformedForm(415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            raise MalformedForm(413)
    return parse(bytes(body))


def parse(raw: bytes) -> Form:
    """Read fields out of a query or a body. Bytes that are no UTF-8 become U+FFFD.

    Raises:
        MalformedForm: there are too many fields.
    """
    try:
        pairs = parse_qsl(
            raw.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=FIELDS
        )
    except ValueError:
        raise MalformedForm(413) from None
    return Form(dict(pairs))


def path(base: str, **fields: str) -> str:
    """Return a path of ours with a query; empty fields are left out."""
    query = urlencode({name: value for name, value in fields.items() if value})
    return f"{base}?{query}" if query else base
