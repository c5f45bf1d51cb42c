"""A second, hidden name for a file whose loss would part those who hold it from those who come.

Whoever holds a file goes on with it when its name is gone; whoever comes later would make
another one, and neither would hear of the other. Under its second name the same file is found.
"""

import os
from contextlib import suppress
from pathlib import Path


def of(path: Path) -> Path:
    """Return the second name of a file."""
    return path.with_name(f".{path.name}")


def restore(path: Path) -> None:
    """Give a file its first name back if somebody took it away."""
    with suppress(OSError):
        os.link(of(path), path, follow_symlinks=False)


def keep(path: Path) -> None:
    """Have a file stand under its second name too, where the file system can do that."""
    other = of(path)
    with suppress(OSError):
        if other.exists() and other.samefile(path):
            return
        other.unlink(missing_ok=True)
        os.link(path, other, follow_symlinks=False)
