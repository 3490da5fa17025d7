"""The data files agree with physics, with each other, and with what the yard can simulate."""

import json
import re
from uuid import UUID

import msgspec
import pytest

from voltyard.catalogue.catalogue import Brand, Catalogue, ChargerModel
from voltyard.catalogue.connector_types import connector_type
from voltyard.charger.charger import Charger
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.effects import Dial, Transmit
from voltyard.charger.inputs import LinkUp, Tick
from voltyard.kernel.errors import NotFound
from voltyard.ocpp.versions import Decoded, by_name
from voltyard.yard.deployments.deployment import ChargerOptions, Deployment
from voltyard.yard.deployments.runtime_spec import charger_of
from voltyard.yard.version_names import version_from

CATALOGUE = Catalogue.load()
MODELS = [(brand, model) for brand in CATALOGUE.brands.values() for model in brand.models]
EACH = pytest.mark.parametrize(("brand", "model"), MODELS, ids=[m.slug for _, m in MODELS])
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
HIGHEST_V, HIGHEST_A, HIGHEST_KW = 1_000, 500, 400
"""Of a CCS outlet on the market (IEC 61851-23, liquid-cooled cables)."""


def deployment(
    brand: Brand, model: ChargerModel, version: str, options: ChargerOptions | None = None
) -> Deployment:
    return Deployment(
        id="dep-1",
        organization_id="o",
        identity="CP-1",
        brand_slug=brand.slug,
        model_slug=model.slug,
        connector_type=model.connector_types[0],
        ocpp_version=version,
        ws_url="ws://csms.example/ocpp",
        created_at=0.0,
        updated_at=0.0,
        options=options or ChargerOptions(),
    )


def boot(deployment: Deployment) -> dict[str, object]:
    """What the charger says first, checked against the schema of its version."""
    spec = msgspec.convert(charger_of(deployment, CATALOGUE), ChargerSpec)
    charger = Charger(spec, 0.0)
    (dial,) = [effect for effect in charger.step(Tick(), 0.0) if isinstance(effect, Dial)]
    effects = charger.step(LinkUp(dial.subprotocols[0]), 0.0)
    (sent,) = [effect for effect in effects if isinstance(effect, Transmit)]
    _, _, action, payload = json.loads(sent.text)
    assert action == "BootNotification"
    assert isinstance(by_name(spec.version).decode_request(action, json.dumps(payload)), Decoded)
    said: dict[str, object] = payload
    return said


def test_there_is_enough_to_choose_from() -> None:
    kinds = [CATALOGUE.power_kind(preset) for preset in CATALOGUE.templates.values()]

    assert len(CATALOGUE.brands) >= 15
    assert len(MODELS) >= 45
    assert {model.current_type for _, model in MODELS} == {"ac", "dc"}
    assert len(kinds) >= 8
    assert set(kinds) == {"AC", "DC", "AC-DC"}


def test_slugs_are_unique_and_ids_are_uuids_of_their_own() -> None:
    slugs = [model.slug for _, model in MODELS]
    ids = [brand.id for brand in CATALOGUE.brands.values()] + [model.id for _, model in MODELS]

    assert len(set(slugs)) == len(slugs)
    assert len(set(ids)) == len(ids)
    assert all(str(UUID(id)) == id for id in ids)
    for slug in (*slugs, *CATALOGUE.brands, *CATALOGUE.templates):
        assert SLUG.fullmatch(slug), slug


@pytest.mark.parametrize(
    ("brand", "model", "id"),
    [
        ("wallbox", "wallbox-pulsar-plus", "550e8400-e29b-41d4-a716-446655440002"),
        ("abb", "terra-184", "1665774d-0214-5f20-9aab-f1c11baf30e5"),
        ("schneider", "evlink-pro-ac-22kw", "cb67d44a-5511-551c-aa02-f9829c5d1d89"),
        ("alfen", "alfen-eve-single-s-line", "2d71ce76-7495-52bc-ae48-438a75fc005d"),
    ],
)
def test_ids_that_were_given_out_stay(brand: str, model: str, id: str) -> None:
    assert CATALOGUE.model(brand, model).id == id


@EACH
def test_a_models_figures_agree(brand: Brand, model: ChargerModel) -> None:
    rated_w = model.max_current_a * model.voltage_v

    assert {connector_type(name).current.lower() for name in model.connector_types} == {
        model.current_type
    }
    assert model.connector_count >= 1
    assert list(model.supported_kwh) == sorted(set(model.supported_kwh))
    assert min(model.supported_kwh) > 0
    if model.current_type == "ac":
        assert model.voltage_v in (230, 240)
        assert model.phases in (1, 3)
        assert model.max_power_w == pytest.approx(rated_w * model.phases, rel=0.05)
    else:
        assert model.max_power_w <= rated_w
        assert model.voltage_v <= HIGHEST_V
        assert model.max_current_a <= HIGHEST_A
        assert model.max_power_w <= HIGHEST_KW * 1_000
        assert not model.cable_lock


@EACH
def test_a_model_says_where_it_comes_from(brand: Brand, model: ChargerModel) -> None:
    assert model.source.strip()
    assert model.source_url is None or re.match(r"https?://\S+$", model.source_url)
    reported = (model.reported_vendor, model.reported_model)
    assert (model.boot_source is None) == (reported == (None, None))


@EACH
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_model_boots_with_the_names_it_has_in_the_field(
    brand: Brand, model: ChargerModel, version: str
) -> None:
    said = boot(deployment(brand, model, version))

    vendor = model.reported_vendor or brand.name[:20].rstrip()
    name = model.reported_model or model.name[:20].rstrip()
    if version == "1.6":
        assert (said["chargePointVendor"], said["chargePointModel"]) == (vendor, name)
    else:
        station = said["chargingStation"]
        assert isinstance(station, dict)
        assert (station["vendorName"], station["model"]) == (vendor, name)


def test_names_of_ones_own_come_first() -> None:
    pulsar = CATALOGUE.model("wallbox", "wallbox-pulsar-plus")
    own = ChargerOptions(vendor="ACME", model="Roadrunner")

    said = boot(deployment(CATALOGUE.brand("wallbox"), pulsar, "1.6", own))

    assert (said["chargePointVendor"], said["chargePointModel"]) == ("ACME", "Roadrunner")


@pytest.mark.parametrize("field", ["reported_vendor", "reported_model"])
@pytest.mark.parametrize("name", ["", "x" * 21])
def test_a_name_that_no_boot_can_carry_is_not_loaded(field: str, name: str) -> None:
    model = msgspec.to_builtins(CATALOGUE.model("abb", "terra-184"))

    with pytest.raises(msgspec.ValidationError, match=field):
        msgspec.convert({**model, field: name}, ChargerModel)


def test_presets_name_what_the_catalogue_has_in_both_versions() -> None:
    versions: dict[str, set[str]] = {}
    for preset in CATALOGUE.templates.values():
        for group in preset.charger_groups:
            model = CATALOGUE.model(group.brand_slug, group.model_slug)
            assert group.connector_type in model.connector_types, preset.slug
            assert group.count > 0
            kind = CATALOGUE.power_kind(preset)
            versions.setdefault(kind, set()).add(version_from(group.ocpp_version))
    assert all(spoken == {"1.6", "2.0.1"} for spoken in versions.values())


def test_a_preset_nobody_has_is_not_found() -> None:
    with pytest.raises(NotFound, match="moon-base"):
        CATALOGUE.template("moon-base")
