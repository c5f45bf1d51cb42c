"""The environment of this process, read here and nowhere else."""

import os

from keyreeve import settings as rules
from keyreeve.settings import Settings


def settings() -> Settings:
    """Return the settings that the environment gives.

    Raises:
        SettingsError: naming the setting that is unknown or invalid.
    """
    return rules.load(os.environ)
