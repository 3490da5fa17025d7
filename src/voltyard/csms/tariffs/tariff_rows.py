"""Rows of tariffs, as written to the journal and loaded from storage."""

from __future__ import annotations

from functools import lru_cache

import msgspec
from msgspec import Struct

from voltyard.csms.tariffs.terms import TariffTerms
from voltyard.kernel import limits
from voltyard.kernel.time import Instant


class TariffStored(Struct, frozen=True, kw_only=True, gc=False):
    """A tariff of an organization, and to whom it is assigned. Key: id."""

    id: str
    """tar_..."""
    organization_id: str
    name: str
    terms: str
    """The TariffTerms as JSON text."""
    message: str | None = None
    """The tariff in words, for displays (2.0.1 I01)."""
    is_default: bool = False
    """True where it counts for whoever has no other; of one in an organization."""
    charge_box_ids: tuple[str, ...] = ()
    """Chargers whose transactions it counts for."""
    id_tags: tuple[str, ...] = ()
    """Id tags for whose transactions it counts, wherever they charge."""
    created_at: Instant
    updated_at: Instant


class TariffDeleted(Struct, frozen=True, kw_only=True):
    """The tariff of that id is no more; transactions keep the terms they began with."""

    id: str


@lru_cache(maxsize=limits.TARIFFS)
def read_terms(text: str) -> TariffTerms:
    """The terms of a row."""
    return msgspec.json.decode(text, type=TariffTerms)


def write_terms(terms: TariffTerms) -> str:
    """The terms as JSON text."""
    return msgspec.json.encode(terms).decode()
