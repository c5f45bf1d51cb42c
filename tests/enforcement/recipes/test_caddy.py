from enforcement.recipes.wanted import PLAIN, WHOLE
from keyreeve.enforcement.recipes import caddy, template


def test_it_is_one_file() -> None:
    (file,) = caddy.files(PLAIN)
    assert file.name == "Caddyfile"
    assert "\nhttp://:8000 {\n\tbind 127.0.0.1\n" in file.content
    assert "\t\tforward_auth 127.0.0.1:8081 {" in file.content
    assert "\t\treverse_proxy http://127.0.0.1:9000 {" in file.content


def test_every_field_of_the_identity_is_copied() -> None:
    (file,) = caddy.files(PLAIN)
    copied = file.content.partition("copy_headers {")[2].partition("}")[0].split()
    assert copied == [f"Keyreeve-{name}" for name in template.IDENTITY]


def test_options_show() -> None:
    (plain,), (whole,) = caddy.files(PLAIN), caddy.files(WHOLE)
    for text in (
        "vars trusted_proxy true",
        "request_header -Clusters_Group",
        "trusted_proxies static 10.0.0.0/8 2001:db8::/32",
        "trusted_proxies_strict",
        "forward_auth unix//run/gate.sock {",
        "reverse_proxy https://api.internal:8443 {",
        "bind ::1",
    ):
        assert text in whole.content
        assert text not in plain.content
    assert "\t\trequest_header -Upgrade\n" in plain.content
    assert "request_header @keyreeve_upgrade Upgrade websocket\n" in whole.content
