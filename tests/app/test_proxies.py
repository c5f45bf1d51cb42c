import pytest

from keyreeve import settings
from keyreeve.app import proxies
from keyreeve.domain.edge import Edge
from keyreeve.settings import SettingsError


def test_nobody_is_believed_unless_told(edge: Edge) -> None:
    asking = proxies.callers(settings.load({}), edge)
    assert not asking.trusts("127.0.0.1")
    assert str(asking.walk("127.0.0.1", (b"198.51.100.7",)).address) == "127.0.0.1"


def test_the_settings_name_proxies_and_header(edge: Edge) -> None:
    given = {
        "KEYREEVE_TRUSTED_PROXIES": "10.0.0.0/8",
        "KEYREEVE_CLIENT_ADDRESS_HEADER": "x-forwarded-for",
    }
    asking = proxies.callers(settings.load(given), edge)
    assert asking.trusts("10.1.2.3")
    assert str(asking.walk("10.1.2.3", (b"198.51.100.7",)).address) == "198.51.100.7"


def test_the_console_takes_a_caller_for_whom_the_door_takes_him(edge: Edge) -> None:
    given = {
        "KEYREEVE_TRUSTED_PROXIES": "10.0.0.0/8",
        "KEYREEVE_CLIENT_ADDRESS_HEADER": "x-forwarded-for",
    }
    told = proxies.caller(proxies.callers(settings.load(given), edge))
    headers = [(b"x-forwarded-for", b"198.51.100.7"), (b"forwarded", b"for=192.0.2.1")]
    assert str(told({"headers": headers, "client": ("10.1.2.3", 1)}).address) == "198.51.100.7"
    assert str(told({"headers": headers, "client": ("192.0.2.9", 1)}).address) == "192.0.2.9"
    assert told({"headers": [], "client": None}).address is None


def test_a_range_that_no_caller_can_have_is_refused() -> None:
    with pytest.raises(SettingsError, match="KEYREEVE_TRUSTED_PROXIES"):
        proxies.networks(settings.load({"KEYREEVE_TRUSTED_PROXIES": "::10.0.0.1"}))
