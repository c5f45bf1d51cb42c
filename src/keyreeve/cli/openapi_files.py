"""OpenAPI documents from a file, a URL or standard input, as JSON or YAML."""

from keyreeve.cli import structured_files
from keyreeve.cli.structured_files import Unreadable
from keyreeve.domain import openapi
from keyreeve.domain.errors import Refusal
from keyreeve.domain.marks import MalformedDocument
from keyreeve.domain.openapi import Reading


class InvalidDocument(Refusal):
    """The document cannot be had, or is not one that can be imported."""

    code = "INVALID_OPENAPI_DOCUMENT"
    sentence = "{0}: {1}."


def read(source: str) -> Reading:
    """Read a document from a file, an http or https URL, or `-` for standard input.

    Raises:
        InvalidDocument: saying where what is wrong with it.
    """
    try:
        return openapi.read(structured_files.read(source))
    except MalformedDocument as malformed:
        raise InvalidDocument(malformed.place, malformed.reason.rstrip(".")) from malformed
    except Unreadable as unreadable:
        raise InvalidDocument(source, str(unreadable)) from unreadable
