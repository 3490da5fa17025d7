"""Defaults of a new charger: its model, its connector, and the server's own backend."""

from typing import Final, Protocol

from voltyard.catalogue.catalogue import Catalogue
from voltyard.kernel.errors import Invalid, NotFound
from voltyard.ports.own_backend import OwnBackend
from voltyard.yard.deployments.deployment import ChargerOptions

BRAND: Final = "abb"
MODEL: Final = "terra-ac-w22"
"""The model of a charger of which none is named."""


class NewChargerFields(Protocol):
    """The fields that may be left out of a new charger, and of a template; then they are empty."""

    @property
    def brand_slug(self) -> str:
        """Of the catalogue."""

    @property
    def model_slug(self) -> str:
        """Of the catalogue."""

    @property
    def connector_type(self) -> str:
        """One of the model's."""

    @property
    def ws_url(self) -> str:
        """The URL of a CSMS."""

    @property
    def options(self) -> ChargerOptions:
        """Everything else."""


class ChargerDefaults:
    """Completes what is said of a new charger, or of many."""

    def __init__(self, catalogue: Catalogue, own_backend: OwnBackend | None) -> None:
        self._catalogue = catalogue
        self._own_backend = own_backend

    def completing(self, organization_id: str, given: NewChargerFields) -> dict[str, str]:
        """The four fields, with what was left out. Invalid where that cannot be known."""
        brand, model = given.brand_slug, given.model_slug
        if bool(brand) != bool(model):
            left_out = "model_slug" if brand else "brand_slug"
            raise Invalid(
                f"{left_out} is left out, and the other is not",
                hint=f"give both, or neither for {BRAND} {MODEL}",
                param=left_out,
            )
        brand, model = brand or BRAND, model or MODEL
        connector = given.connector_type or self._connector(brand, model)
        options, ws_url = given.options, given.ws_url
        if self._own_backend is None:
            if not ws_url or options.registers:
                raise _no_backend("register" if ws_url else "ws_url")
        elif not ws_url:
            is_encrypted = (options.security_profile or 0) > 1
            ws_url = self._own_backend.url(organization_id, is_encrypted=is_encrypted)
        return {
            "brand_slug": brand,
            "model_slug": model,
            "connector_type": connector,
            "ws_url": ws_url,
        }

    def _connector(self, brand: str, model: str) -> str:
        try:
            return self._catalogue.model(brand, model).connector_types[0]
        except NotFound as error:
            raise Invalid(error.message, hint=error.advice, **error.details) from None


def _no_backend(param: str) -> Invalid:
    return Invalid(
        "there is no backend of this server's own", hint="give the URL of a CSMS", param=param
    )
