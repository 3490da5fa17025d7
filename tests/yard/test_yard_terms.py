"""What callers write, and what it means: connectors, versions, faults, vehicles, slugs, plans."""

import pytest

from voltyard.catalogue.catalogue import Catalogue
from voltyard.catalogue.connector_types import connector_type
from voltyard.catalogue.vehicles import vehicle_of
from voltyard.kernel.errors import Invalid, NotFound
from voltyard.kernel.seeds import stream
from voltyard.yard.deployments.deployment import ChargerOptions, ConnectorRating, Deployment
from voltyard.yard.deployments.runtime_spec import charger_of
from voltyard.yard.locations.location import check_timezone, slug_of
from voltyard.yard.provisioning.bulk_job import ChargerTemplate, TemplateGroup, plan
from voltyard.yard.version_names import of_command, of_resource, version_from


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.mark.parametrize(
    ("text", "name", "current"),
    [
        ("Type2", "Type2", "AC"),
        ("type 2", "Type2", "AC"),
        ("IEC_62196_T2_COMBO", "CCS2", "DC"),
        ("CCS", "CCS2", "DC"),
        ("cCCS1", "CCS1", "DC"),
        ("CHAdeMO", "CHAdeMO", "DC"),
        ("J1772", "Type1", "AC"),
    ],
)
def test_connectors_go_by_many_names(text: str, name: str, current: str) -> None:
    assert (connector_type(text).name, connector_type(text).current) == (name, current)


def test_a_connector_nobody_knows_is_invalid() -> None:
    with pytest.raises(Invalid, match="CCS9"):
        connector_type("CCS9")


@pytest.mark.parametrize("text", ["OCPP1.6", "ocpp1.6", "1.6", " OCPP1.6J "])
def test_versions_are_spelt_one_way_inside_and_two_outside(text: str) -> None:
    version = version_from(text)

    assert (version, of_resource(version), of_command(version)) == ("1.6", "OCPP1.6", "ocpp1.6")


@pytest.mark.parametrize("text", ["", "OCPP1.5", "OCPP2.1", "two"])
def test_a_version_nobody_speaks_is_invalid(text: str) -> None:
    with pytest.raises(Invalid):
        version_from(text)


def test_a_vehicle_is_the_catalogues_with_what_is_said_of_it(catalogue: Catalogue) -> None:
    vehicle = vehicle_of({"name": "city", "soc": 12.5, "max_dc_power_w": 1}, catalogue)

    assert vehicle["battery_kwh"] == 36
    assert (vehicle["soc_percent"], vehicle["max_dc_power_w"]) == (12.5, 1)
    assert vehicle["max_ac_power_w"] == 7_400


def test_a_vehicle_of_ones_own_keeps_its_name(catalogue: Catalogue) -> None:
    vehicle = vehicle_of({"name": "kart", "battery_kwh": 5, "curve": [[0, 1], [100, 0]]}, catalogue)

    assert vehicle == {"name": "kart", "battery_kwh": 5, "curve": [[0, 1], [100, 0]]}


@pytest.mark.parametrize(
    "value",
    ["broomstick", {"soc": -1}, {"phases": 4}, {"wheels": 4}, {"curve": []}, {"battery_kwh": 0}],
)
def test_what_is_no_vehicle_is_invalid(catalogue: Catalogue, value: object) -> None:
    with pytest.raises(Invalid):
        vehicle_of(value, catalogue)  # type: ignore[arg-type]


def test_a_slug_is_made_of_the_name() -> None:
    assert slug_of("Dépôt Nord", "3f9a") == "depot-nord-3f9a"
    assert slug_of("充電", "3f9a") == "location-3f9a"
    assert len(slug_of("a" * 300, "3f9a")) <= 70


def test_a_time_zone_is_one_or_none() -> None:
    check_timezone(None)
    check_timezone("Europe/Paris")
    with pytest.raises(Invalid):
        check_timezone("Europe/Nowhere")


def test_an_unknown_slug_of_the_catalogue_is_not_found(catalogue: Catalogue) -> None:
    for look in (lambda: catalogue.brand("acme"), lambda: catalogue.model("abb", "x")):
        with pytest.raises(NotFound):
            look()


def deployment(**said: object) -> Deployment:
    values: dict[str, object] = {
        "id": "dep-1",
        "organization_id": "org_1",
        "identity": "CP-1",
        "brand_slug": "abb",
        "model_slug": "terra-184",
        "connector_type": "CCS2",
        "ocpp_version": "2.0.1",
        "ws_url": "wss://csms.example",
        "created_at": 0.0,
        "updated_at": 0.0,
    }
    return Deployment(**{**values, **said})  # type: ignore[arg-type]


def test_a_charger_is_as_its_model_unless_told_otherwise(catalogue: Catalogue) -> None:
    plain = charger_of(deployment(), catalogue)
    rated = charger_of(
        deployment(options=ChargerOptions(rating=ConnectorRating(max_power_w=50_000))), catalogue
    )

    assert len(plain["evses"]) == 2
    assert plain["evses"][0]["connectors"][0] == {
        "type": "CCS2",
        "current": "DC",
        "phases": 3,
        "voltage_v": 920.0,
        "max_current_a": 200.0,
        "max_power_w": 180_000.0,
        "has_lock": False,
    }
    assert rated["evses"][0]["connectors"][0]["max_power_w"] == 50_000


def test_a_plug_carries_no_more_phases_than_it_has(catalogue: Catalogue) -> None:
    home = deployment(brand_slug="wallbox", model_slug="wallbox-copper-sb", connector_type="Type1")

    assert charger_of(home, catalogue)["evses"][0]["connectors"][0]["phases"] == 1


def test_each_identity_has_a_seed_of_its_own_and_always_the_same(catalogue: Catalogue) -> None:
    seeds = [charger_of(deployment(identity=name), catalogue)["seed"] for name in ("A", "B", "A")]

    assert seeds[0] == seeds[2] != seeds[1]


def test_a_plan_names_the_named_and_fills_up_to_the_number() -> None:
    template = ChargerTemplate(
        brand_slug="abb",
        model_slug="terra-184",
        connector_type="CCS2",
        ws_url="ws://x",
        ocpp_version="1.6",
        identity_prefix="SITE_A_",
    )
    group = TemplateGroup(template=template, charger_ids=("001", "002"), chargers_number=5)

    items = plan("job", [group], stream(1, "plan"))

    assert [item.identity for item in items[:2]] == ["SITE_A_001", "SITE_A_002"]
    assert (
        len({item.identity for item in items}) == len({item.deployment_id for item in items}) == 5
    )
    assert plan("job", [group], stream(1, "plan")) == items
