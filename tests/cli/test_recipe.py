"""`keyreeve recipe`."""

import pytest

from doors.installation import CommandFailed, Installation

API = ("--upstream", "http://127.0.0.1:9000")
FILES = {
    "nginx": ["nginx.conf"],
    "caddy": ["Caddyfile"],
    "traefik": ["traefik.yml", "keyreeve.yml"],
    "envoy": ["envoy.yaml"],
}


@pytest.mark.parametrize("proxy", FILES)
def test_it_prints_what_goes_into_a_file(installation: Installation, proxy: str) -> None:
    said = installation.run("recipe", proxy, *API)
    assert said["proxy"] == proxy
    assert [file["name"] for file in said["files"]] == FILES[proxy]
    printed = installation.attempt("recipe", proxy, *API).stdout
    if proxy == "traefik":
        assert all(f"# ----- {file['name']} -----\n" in printed for file in said["files"])
        assert all(file["content"] in printed for file in said["files"])
    else:
        assert printed == said["files"][0]["content"]
    assert not list(installation.folder.iterdir())


def test_it_writes_files_and_never_over_others(installation: Installation) -> None:
    folder = installation.folder / "etc" / "proxy"
    said = installation.run("recipe", "traefik", *API, "--output", str(folder))
    for file in said["files"]:
        assert (folder / file["name"]).read_text() == file["content"]
    again = installation.attempt("recipe", "traefik", *API, "--output", str(folder))
    assert again.returncode == 1
    assert (
        again.stderr
        == f"keyreeve: {folder / 'traefik.yml'}: it is there already; remove it first.\n"
    )


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["nginx", "--upstream", "http://a/v1"], "http://a/v1"),
        (["nginx", *API, "--gate", "here"], "here"),
        (["nginx", *API, "--listen", "localhost:8000"], "localhost:8000"),
        (["nginx", *API, "--trusted-proxy", "a"], "a"),
        (["traefik", *API, "--gate", "unix:/run/gate.sock"], "unix:/run/gate.sock"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    installation: Installation, words: list[str], named: str
) -> None:
    done = installation.attempt("recipe", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"keyreeve: {named}: ")


def test_there_is_no_recipe_for_others(installation: Installation) -> None:
    with pytest.raises(CommandFailed):
        installation.run("recipe", "apache", *API)
