"""Translation of the gateway's bodies to the yard's records."""

from typing import Any

import msgspec
from msgspec import UNSET

from voltyard.api.gateway.bodies.chargers import (
    ChargerGroupBody,
    ChargerOptionsBody,
    ChargerTemplateBody,
    CreateChargerBody,
    CreateLocationBody,
    FurnishLocationBody,
    NewChargerBody,
    UpdateChargerBody,
)
from voltyard.api.gateway.bodies.faults import NetworkBody, QuirkChoice
from voltyard.api.gateway.bodies.options import (
    DeviceModelFile,
    Setting,
    SettingValue,
    VendorSettingBody,
)
from voltyard.yard.deployments import security_settings
from voltyard.yard.deployments.charger_service import ChargerChanges, NewCharger
from voltyard.yard.deployments.deployment import (
    ChargerOptions,
    ConnectorRating,
    FactoryCertificateOptions,
    MeterOptions,
)
from voltyard.yard.deployments.faults import spoken
from voltyard.yard.locations.location import Coordinates
from voltyard.yard.locations.location_service import NewLocation
from voltyard.yard.locations.presets import ChargerTarget
from voltyard.yard.provisioning.bulk_job import ChargerTemplate, TemplateGroup
from voltyard.yard.version_names import DEFAULT_VERSION, version_from

_OPTIONS = frozenset(ChargerOptions.__struct_fields__)


def new_location(body: CreateLocationBody) -> NewLocation:
    """A location to be."""
    return NewLocation(
        name=body.name,
        address=body.address,
        city=body.city,
        country=body.country,
        coordinates=Coordinates(body.coordinates.latitude, body.coordinates.longitude),
        timezone=body.timezone,
        owner_name=body.owner_name,
        public=bool(body.public),
        max_power_w=body.max_power_w,
    )


def new_charger(body: CreateChargerBody) -> NewCharger:
    """A charger to be."""
    return NewCharger(
        identity=body.identity,
        brand_slug=body.brand_slug or "",
        model_slug=body.model_slug or "",
        connector_type=body.connector_type or "",
        ws_url=body.ws_url or "",
        ocpp_version=body.ocpp_version,
        name=body.charge_point_name,
        location_id=body.location_id,
        location_name=body.location_name,
        options=_new_options(body),
        start=True if body.start is None else body.start,
    )


def changes(body: UpdateChargerBody) -> ChargerChanges:
    """The changes that a body asks for. Null clears what may be empty, and else changes nothing."""
    given = body.model_fields_set
    name = body.name if "name" in given else body.charge_point_name
    return ChargerChanges(
        name=name if given & {"name", "charge_point_name"} else UNSET,
        connector_type=UNSET if body.connector_type is None else body.connector_type,
        ocpp_version=UNSET if body.ocpp_version is None else body.ocpp_version,
        ws_url=UNSET if body.ws_url is None else body.ws_url,
        location_id=body.location_id if "location_id" in given else UNSET,
        location_name=body.location_name if "location_name" in given else UNSET,
        options=_options(body),
    )


def group(body: ChargerGroupBody) -> TemplateGroup:
    """A group of a bulk creation."""
    given = body.template
    return TemplateGroup(
        template=ChargerTemplate(
            brand_slug=given.brand_slug or "",
            model_slug=given.model_slug or "",
            connector_type=given.connector_type or "",
            ws_url=given.ws_url or "",
            ocpp_version=spoken(
                given.personality,
                None if given.ocpp_version is None else version_from(given.ocpp_version),
            )
            or DEFAULT_VERSION,
            identity_prefix=given.identity_prefix or "",
            template_name=given.template_name,
            options=_new_options(given),
        ),
        charger_ids=tuple(body.charger_ids or ()),
        chargers_number=body.chargers_number,
    )


def target(body: FurnishLocationBody) -> ChargerTarget:
    """The CSMS of a location's chargers."""
    return ChargerTarget(body.ws_url or "", _registers(body.ws_url, body.register_here))


def _registers(ws_url: str | None, asked: bool | None) -> bool:
    return ws_url is None if asked is None else asked


def _new_options(body: CreateChargerBody | ChargerTemplateBody) -> ChargerOptions:
    options = _options(body)
    options["tls"] = security_settings.changed(None, options.get("tls"))
    return ChargerOptions(**options, registers=_registers(body.ws_url, body.register_here))


def _options(body: ChargerOptionsBody) -> dict[str, Any]:
    """The fields of ChargerOptions that were given; null is as if not given at creation, and the
    model's own again in a change."""
    options: dict[str, Any] = {
        name: getattr(body, name) for name in body.model_fields_set & _OPTIONS
    }
    if "settings" in options:
        options["settings"] = {
            name: _setting(value) for name, value in (body.settings or {}).items()
        }
    if body.readers is not None:
        options["readers"] = tuple(tuple(served) for served in body.readers)
    if body.tls is not None:
        options["tls"] = body.tls.model_dump(exclude_unset=True)
    if "vendor_settings" in options:
        options["vendor_settings"] = tuple(
            _vendor_setting(one) for one in body.vendor_settings or ()
        )
    if body.device_model is not None:
        options["device_model"] = device_model(body.device_model)
    if "certificates" in options:
        options["certificates"] = tuple(
            FactoryCertificateOptions(type=one.type, certificate=one.certificate)
            for one in body.certificates or ()
        )
    if isinstance(body, NewChargerBody):
        options["quirks"] = quirks(body.quirks)
        options["network"] = network(body.network)
    if "peer_agrees_to_rate" in options:
        options["peer_agrees_to_rate"] = body.peer_agrees_to_rate is True
    if body.rating is not None:
        options["rating"] = msgspec.convert(body.rating.model_dump(), ConnectorRating)
    if body.meter is not None:
        options["meter"] = MeterOptions(**body.meter.model_dump())
    return options


def quirks(given: list[QuirkChoice] | None) -> tuple[Any, ...]:
    """Quirks as the yard takes them."""
    return tuple(one.root for one in given or ())


def network(given: NetworkBody | None) -> dict[str, Any] | None:
    """A network as the yard takes it."""
    return None if given is None else given.model_dump(exclude_unset=True)


def device_model(given: DeviceModelFile) -> str:
    """A device model as the yard takes it."""
    return msgspec.json.encode(given).decode()


def _vendor_setting(one: VendorSettingBody) -> dict[str, Any]:
    said = one.model_dump(exclude_none=True, exclude_defaults=True)
    if one.value is not None:
        said["value"] = _setting(one.value)
    return said


def _setting(value: Setting | SettingValue) -> str:
    plain = value.value if isinstance(value, SettingValue) else value
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return str(plain)
