"""The throttle of one process, as the settings want it."""

from keyreeve.domain.edge import Edge
from keyreeve.domain.throttle import Limit
from keyreeve.judge.throttle import Throttle
from keyreeve.settings import Settings


def throttle(settings: Settings, edge: Edge) -> Throttle:
    """Return a throttle that has seen nobody yet."""
    return Throttle(
        edge.ticks,
        failures=_limit(settings.failed_proofs_burst, settings.failed_proofs_per_second),
        calls=_limit(settings.calls_burst, settings.calls_per_second),
    )


def _limit(burst: int, per_second: int) -> Limit | None:
    return Limit(burst, per_second) if burst else None
