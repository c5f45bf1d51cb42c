"""What opening an installation hands over, on either engine."""

from dataclasses import dataclass

from keyreeve.domain.edge import Edge
from keyreeve.settings import Settings
from keyreeve.storage import master_key
from keyreeve.storage.engines import Engines
from keyreeve.storage.epoch import EpochFile
from keyreeve.storage.installation import Installation, Row
from keyreeve.storage.master_key import Ring
from keyreeve.storage.presence import Presence
from keyreeve.storage.sealing import Secrets


@dataclass(frozen=True, slots=True)
class Opened:
    """An installation that was found sound."""

    engines: Engines
    installation: Installation
    secrets: Secrets
    epoch_file: EpochFile | None
    """None on PostgreSQL, where the epoch row itself is asked."""
    presence: Presence | None = None
    """None on PostgreSQL, which is asked about everything."""

    def close(self) -> None:
        """Let go of the connections and the epoch file."""
        self.engines.dispose()
        if self.epoch_file is not None:
            self.epoch_file.close()


def secrets(row: Row, ring: Ring, settings: Settings, edge: Edge) -> Secrets:
    """Return the keys of an installation; they follow a rotation by reading the file again."""
    return Secrets(
        ring,
        version=row.key_version,
        base=row.base_version,
        entropy=edge.entropy,
        reload=lambda: master_key.read(settings.master_key_file),
    )
