"""The command line: what an operator types."""

from keyreeve.cli.command_line import main

__all__ = ["main"]
