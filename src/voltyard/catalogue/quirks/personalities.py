"""Personalities: the observed behaviour of chargers of one make, with its sources.

What they say at boot is theirs; that every charger of the make does so is not claimed.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from voltyard.catalogue.quirks.quirk import url_of
from voltyard.kernel.errors import Invalid

Reported = Annotated[str, Meta(min_length=1, max_length=20)]


class Personality(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The observed behaviour of one make."""

    slug: str
    name: str
    vendor: Reported
    """The vendor reported at boot; so too `model`."""
    model: Reported
    versions: tuple[str, ...]
    """Of OCPP; the first is spoken unless another is asked for."""
    about: str
    quirks: tuple[str | dict[str, Any], ...]
    """Plain data that catalogue.quirks.enabled takes."""
    sources: Annotated[tuple[str, ...], Meta(min_length=1)]
    settings: Mapping[str, dict[str, str]] = {}
    """By OCPP version."""

    def urls(self) -> tuple[str, ...]:
        """The sources as links, where they are any."""
        return tuple(url_of(source) for source in self.sources)


@cache
def personalities() -> dict[str, Personality]:
    """All there are, by slug."""
    text = files("voltyard.catalogue.quirks").joinpath("personalities.json").read_bytes()
    return {one.slug: one for one in msgspec.json.decode(text, type=list[Personality])}


def personality_named(slug: str) -> Personality:
    """Invalid where there is none, with the nearest and the list."""
    found = personalities().get(slug.strip().lower())
    if found is None:
        near = get_close_matches(slug, personalities(), n=1)
        guess = f"; did you mean {near[0]}?" if near else ""
        raise Invalid(
            f"there is no personality {slug!r}{guess}",
            hint=f"one of: {', '.join(personalities())}",
            param="personality",
        )
    return found
