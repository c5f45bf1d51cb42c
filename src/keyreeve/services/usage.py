"""Use: what is known of how often keys and whitelist entries served, and when last."""

from collections.abc import Iterable, Mapping

from keyreeve.storage.records import Records, RecordsUnavailable, Usage


def known(records: Records, ids: Iterable[str]) -> Mapping[str, Usage]:
    """Return the use of these keys and whitelist entries, or nothing while records are away.

    A list without its last column is better than none, and a change that was made must not be
    undone because the answer to it could not be embellished.
    """
    try:
        return records.usage(ids)
    except RecordsUnavailable:
        return {}
