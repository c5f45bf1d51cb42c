"""Keyreeve: API keys that carry their owner's roles, and a whitelist for what is dangerous."""

from typing import Any

__all__ = ["StrictHttp", "guard"]


def guard(app: Any, *, raw_paths: bool = False, **settings: Any) -> Any:  # noqa: ANN401 - any ASGI
    """Return an ASGI application that lets through to `app` what the imported catalogue allows.

    An allowed request carries its verdict as `scope["keyreeve"]`: `subject`, `key_id`,
    `decision_id`. Settings are those of the environment (`KEYREEVE_*`), and on top of them these,
    by their names in small letters: `guard(app, database_url="sqlite:////var/lib/k/k.db")`.

    Args:
        app: what is guarded; nothing of it runs before a request is allowed.
        raw_paths: whether `app` finds its routes by `scope["raw_path"]`. Only then may `%2F`
            stand in a path, since whoever routes on the decoded path reads it as two segments.
        settings: refused at once if unknown or invalid, with the name of the setting.
    """
    from keyreeve.app import middleware  # noqa: PLC0415 - `import keyreeve` stays cheap

    return middleware.guard(app, raw_paths=raw_paths, **settings)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562; what is named is loaded when asked for
    if name == "StrictHttp":
        from keyreeve.enforcement import strict_http  # noqa: PLC0415 - likewise

        return strict_http.StrictHttpToolsProtocol
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
