"""Answers with a list of chargers and what they are doing."""

from typing import Any, Final

from pydantic import ConfigDict, SerializerFunctionWrapHandler, model_serializer

from voltyard.api.gateway.fields import PageAnswer
from voltyard.api.gateway.models.chargers import CHARGER, ChargerResponse
from voltyard.api.gateway.models.states import STATE, ChargerStateResponse

_STATE: Final = "state"


class ListedChargerResponse(ChargerResponse):
    """One deployment of a list. `state` is there where the list was asked to include it; it is null
    where no runtime runs, or its worker is away."""

    model_config = ConfigDict(
        json_schema_extra={"example": {**CHARGER, _STATE: STATE}}, extra="allow"
    )

    state: ChargerStateResponse | None = None

    @model_serializer(mode="wrap")
    def _only_if_asked(self, serialize: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]
        shown: dict[str, Any] = serialize(self)
        if _STATE not in self.model_fields_set:
            del shown[_STATE]
        return shown


class ListedChargersResponse(PageAnswer[ListedChargerResponse]):
    """Deployments that match."""
