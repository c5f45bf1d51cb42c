"""Writes docs/api/openapi.json from the operations: `python tests/api/api_document.py --write`."""

import json
import sys
from pathlib import Path
from typing import Any

from keyreeve.api import first_user, openapi
from keyreeve.api.application import operations
from keyreeve.enforcement import answers

FILE = Path(__file__).parents[2] / "docs" / "api" / "openapi.json"


def document() -> dict[str, Any]:
    return openapi.document(operations, (first_user.operation,), answers.PROBLEMS)


def text() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__" and "--write" in sys.argv:
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text())
