"""Routes of tariffs."""

from decimal import Decimal
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Path
from msgspec import UNSET
from msgspec.structs import replace
from pydantic import AfterValidator, Field, model_validator

from voltyard.api.auth import Operator, Reader
from voltyard.api.csms.context import BackendDep
from voltyard.api.csms.error_responses import error_responses
from voltyard.api.csms.fields import (
    EXAMPLE_CHARGER,
    EXAMPLE_PAGINATION,
    BackendAnswer,
    BackendBody,
    MomentOut,
    PaginationInfo,
    PagingDep,
    Word,
    example,
)
from voltyard.api.description.named_types import DayOfWeek
from voltyard.api.errors import BACKEND_PREFIX
from voltyard.api.routers import api_router
from voltyard.csms.tariffs.tariff_rows import TariffStored, read_terms
from voltyard.csms.tariffs.tariff_service import TariffChange
from voltyard.csms.tariffs.terms import TariffElement, TariffTerms, Tax
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid

router = api_router(
    prefix=BACKEND_PREFIX + "/tariffs", tags=["tariffs"], responses=error_responses()
)

_TERMS: Final = {
    "currency": "EUR",
    "timeZone": "Europe/Berlin",
    "elements": [
        {
            "startTime": "22:00",
            "endTime": "06:00",
            "daysOfWeek": [],
            "energyPrice": "0.30",
            "chargingPrice": "0",
            "idlePrice": "0",
        },
        {
            "startTime": None,
            "endTime": None,
            "daysOfWeek": [],
            "energyPrice": "0.45",
            "chargingPrice": "0",
            "idlePrice": "3.00",
        },
    ],
    "startFee": "0.35",
    "energyStepWh": 1,
    "timeStepSeconds": 60,
    "minCost": None,
    "maxCost": "60",
    "taxes": [{"name": "VAT", "percent": "19"}],
    "tellsRunningCost": True,
}
_TARIFF: Final = {
    "name": "By day and night",
    **_TERMS,
    "message": "0.54 EUR/kWh, at night 0.36 EUR/kWh",
    "isDefault": True,
    "chargeBoxIds": [EXAMPLE_CHARGER],
    "idTags": [],
}
_ANSWER: Final = {
    "id": "tar_4k2d8s1m0x7c9v3b",
    **_TARIFF,
    "createdAt": "2026-02-10T14:00:00.000Z",
    "updatedAt": "2026-02-10T14:00:00.000Z",
}

_AMOUNT: Final = "^[0-9]{1,9}([.][0-9]{1,6})?$"

Amount = Annotated[str, Field(pattern=_AMOUNT, description="A decimal number in text.")]
"""Text, since a JSON number is a binary fraction to most of those who read one."""

TimeOfDay = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be a time zone's name, such as Europe/Berlin") from None
    return value


TimeZone = Annotated[Word, AfterValidator(_time_zone)]

TariffId = Annotated[str, Path(alias="tariffId", description="Its id (tar_...).")]


class TariffElementBody(BackendBody):
    """Prices, and when they hold."""

    start_time: TimeOfDay | None = Field(None, alias="startTime")
    end_time: TimeOfDay | None = Field(
        None, alias="endTime", description="Before startTime: on the next day."
    )
    days_of_week: Annotated[list[DayOfWeek], Field(max_length=7)] = Field(
        default_factory=list, alias="daysOfWeek", description="None of them: all."
    )
    energy_price: Amount = Field("0", alias="energyPrice", description="Per kWh.")
    charging_price: Amount = Field("0", alias="chargingPrice", description="Per hour of charging.")
    idle_price: Amount = Field(
        "0", alias="idlePrice", description="Per hour connected without charging."
    )

    @model_validator(mode="after")
    def _lasts(self) -> "TariffElementBody":
        if self.start_time is not None and self.start_time == self.end_time:
            raise ValueError("startTime and endTime must differ")
        return self

    def element(self) -> TariffElement:
        """The element of the terms."""
        return TariffElement(
            start_time=self.start_time,
            end_time=self.end_time,
            days_of_week=tuple(dict.fromkeys(self.days_of_week)),
            energy_price=Decimal(self.energy_price),
            charging_price=Decimal(self.charging_price),
            idle_price=Decimal(self.idle_price),
        )


class TaxBody(BackendBody):
    """A tax on all of the cost."""

    name: Word
    percent: Amount

    def tax(self) -> Tax:
        """The tax of the terms."""
        return Tax(name=self.name, percent=Decimal(self.percent))


_IDS: Final = Field(max_length=limits.TARIFF_ASSIGNMENTS)


class TariffChangeBody(BackendBody):
    """A change of a tariff. All amounts are without tax."""

    model_config = example(maxCost="60", isDefault=True)

    name: Word = "Tariff"
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", description="By ISO 4217.")] = "EUR"
    time_zone: TimeZone = Field("UTC", alias="timeZone")
    elements: Annotated[list[TariffElementBody], Field(max_length=limits.TARIFF_ELEMENTS)] = Field(
        default_factory=list, description="At each moment the first holds whose times fit."
    )
    start_fee: Amount = Field("0", alias="startFee")
    energy_step_wh: Annotated[int, Field(ge=1, le=100_000)] = Field(1, alias="energyStepWh")
    time_step_s: Annotated[int, Field(ge=1, le=86_400)] = Field(1, alias="timeStepSeconds")
    min_cost: Amount | None = Field(None, alias="minCost")
    max_cost: Amount | None = Field(None, alias="maxCost")
    taxes: Annotated[list[TaxBody], Field(max_length=5)] = Field(default_factory=list)
    tells_running_cost: bool = Field(
        True,
        alias="tellsRunningCost",
        description="OCPP 2.x: CostUpdated is sent whenever the cost has changed.",
    )
    message: Annotated[str, Field(min_length=1, max_length=512)] | None = Field(
        None, description="The tariff in words, for displays."
    )
    is_default: bool = Field(False, alias="isDefault")
    charge_box_ids: Annotated[list[Word], _IDS] = Field(default_factory=list, alias="chargeBoxIds")
    id_tags: Annotated[list[Word], _IDS] = Field(default_factory=list, alias="idTags")

    def change(self, before: TariffTerms) -> TariffChange:
        """The fields that were sent."""
        sent: dict[str, Any] = {
            name: getattr(self, name, UNSET)
            for name in self.model_fields_set & set(TariffChange.__struct_fields__)
        }
        for name in ("charge_box_ids", "id_tags"):
            if name in sent:
                sent[name] = tuple(dict.fromkeys(sent[name]))
        return TariffChange(**sent, terms=replace(before, **self._terms()))

    def _terms(self) -> dict[str, Any]:
        names = self.model_fields_set & set(TariffTerms.__struct_fields__)
        sent: dict[str, Any] = {name: getattr(self, name) for name in names}
        for name in ("start_fee", "min_cost", "max_cost"):
            if sent.get(name) is not None:
                sent[name] = Decimal(sent[name])
        if "elements" in sent:
            sent["elements"] = tuple(one.element() for one in self.elements)
        if "taxes" in sent:
            sent["taxes"] = tuple(one.tax() for one in self.taxes)
        return sent


class NewTariffBody(TariffChangeBody):
    """A tariff to be added. All amounts are without tax."""

    model_config = example(**_TARIFF)

    name: Word
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", description="By ISO 4217.")]


class TariffElementAnswer(BackendAnswer):
    """Prices, and when they hold."""

    start_time: str | None = Field(serialization_alias="startTime")
    end_time: str | None = Field(serialization_alias="endTime")
    days_of_week: list[DayOfWeek] = Field(serialization_alias="daysOfWeek")
    energy_price: str = Field(serialization_alias="energyPrice")
    charging_price: str = Field(serialization_alias="chargingPrice")
    idle_price: str = Field(serialization_alias="idlePrice")


class TaxAnswer(BackendAnswer):
    """A tax on all of the cost."""

    name: str
    percent: str


class TariffAnswer(BackendAnswer):
    """A tariff, and to whom it is assigned."""

    model_config = example(**_ANSWER)

    id: str
    name: str
    currency: str
    time_zone: str = Field(serialization_alias="timeZone")
    elements: list[TariffElementAnswer]
    start_fee: str = Field(serialization_alias="startFee")
    energy_step_wh: int = Field(serialization_alias="energyStepWh")
    time_step_s: int = Field(serialization_alias="timeStepSeconds")
    min_cost: str | None = Field(serialization_alias="minCost")
    max_cost: str | None = Field(serialization_alias="maxCost")
    taxes: list[TaxAnswer]
    tells_running_cost: bool = Field(serialization_alias="tellsRunningCost")
    message: str | None
    is_default: bool = Field(serialization_alias="isDefault")
    charge_box_ids: list[str] = Field(serialization_alias="chargeBoxIds")
    id_tags: list[str] = Field(serialization_alias="idTags")
    created_at: MomentOut = Field(serialization_alias="createdAt")
    updated_at: MomentOut = Field(serialization_alias="updatedAt")


class TariffList(BackendAnswer):
    """Tariffs in the order they came."""

    model_config = example(tariffs=[_ANSWER], pagination=EXAMPLE_PAGINATION)

    tariffs: list[TariffAnswer]
    pagination: PaginationInfo


class TariffDeletionAnswer(BackendAnswer):
    """Confirmation that a tariff was deleted."""

    model_config = example(message="Tariff deleted", id=_ANSWER["id"])

    message: str
    id: str


@router.post("", status_code=201, summary="Add a tariff", responses=error_responses(409))
async def create_tariff(body: NewTariffBody, here: BackendDep, principal: Operator) -> TariffAnswer:
    """Transactions that begin from then on have it: those of its id tags, else those at its
    chargers, else, where it is the default, all others."""
    change = body.change(TariffTerms(currency=body.currency))
    return _answer(await here.backend.tariffs.add(principal.organization_id, _checked(change)))


@router.get("", summary="List tariffs")
async def list_tariffs(here: BackendDep, principal: Reader, part: PagingDep) -> TariffList:
    """In the order they came."""
    rows = list(here.backend.tariffs.of(principal.organization_id))
    shown = rows[part.offset : part.offset + part.limit]
    return TariffList(tariffs=[_answer(row) for row in shown], pagination=part.of(len(rows)))


@router.get("/{tariffId}", summary="One tariff", responses=error_responses(404))
async def get_tariff(tariff_id: TariffId, here: BackendDep, principal: Reader) -> TariffAnswer:
    """With its terms and assignments."""
    return _answer(here.backend.tariffs.get(principal.organization_id, tariff_id))


@router.patch("/{tariffId}", summary="Change a tariff", responses=error_responses(404, 409))
async def update_tariff(
    tariff_id: TariffId, body: TariffChangeBody, here: BackendDep, principal: Operator
) -> TariffAnswer:
    """Only the fields that are sent; a list is replaced as a whole. Transactions that run keep the
    terms that they began with."""
    tariffs = here.backend.tariffs
    before = tariffs.get(principal.organization_id, tariff_id)
    change = _checked(body.change(read_terms(before.terms)))
    return _answer(await tariffs.change(principal.organization_id, tariff_id, change))


@router.delete("/{tariffId}", summary="Delete a tariff", responses=error_responses(404))
async def delete_tariff(
    tariff_id: TariffId, here: BackendDep, principal: Operator
) -> TariffDeletionAnswer:
    """Transactions that run keep its terms."""
    row = await here.backend.tariffs.delete(principal.organization_id, tariff_id)
    return TariffDeletionAnswer(message="Tariff deleted", id=row.id)


def _checked(change: TariffChange) -> TariffChange:
    """Invalid where the bounds of the cost leave nothing between them."""
    terms = change.terms
    assert isinstance(terms, TariffTerms)
    least, most = terms.min_cost, terms.max_cost
    if least is not None and most is not None and least > most:
        raise Invalid("minCost is more than maxCost", field="minCost")
    return change


def _answer(row: TariffStored) -> TariffAnswer:
    terms = read_terms(row.terms)
    return TariffAnswer.of_record(
        row,
        currency=terms.currency,
        time_zone=terms.time_zone,
        elements=[_element(one) for one in terms.elements],
        start_fee=str(terms.start_fee),
        energy_step_wh=terms.energy_step_wh,
        time_step_s=terms.time_step_s,
        min_cost=None if terms.min_cost is None else str(terms.min_cost),
        max_cost=None if terms.max_cost is None else str(terms.max_cost),
        taxes=[TaxAnswer(name=tax.name, percent=str(tax.percent)) for tax in terms.taxes],
        tells_running_cost=terms.tells_running_cost,
        charge_box_ids=list(row.charge_box_ids),
        id_tags=list(row.id_tags),
    )


def _element(one: TariffElement) -> TariffElementAnswer:
    return TariffElementAnswer(
        start_time=one.start_time,
        end_time=one.end_time,
        days_of_week=list(one.days_of_week),
        energy_price=str(one.energy_price),
        charging_price=str(one.charging_price),
        idle_price=str(one.idle_price),
    )
