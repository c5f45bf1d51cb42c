"""Every proxy that there is a recipe for."""

from collections.abc import Callable, Mapping

from keyreeve.enforcement.recipes import caddy, envoy, nginx, traefik
from keyreeve.enforcement.recipes.places import Places
from keyreeve.enforcement.recipes.template import File

RECIPES: Mapping[str, Callable[[Places], tuple[File, ...]]] = {
    "nginx": nginx.files,
    "caddy": caddy.files,
    "traefik": traefik.files,
    "envoy": envoy.files,
}
