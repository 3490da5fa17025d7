"""Request bodies of a charger's parts: rating, meter, TLS, certificates, settings."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from voltyard.api.description.plain_schemas import named
from voltyard.api.gateway.fields import GatewayBody, Word, example
from voltyard.api.request_body import check_text
from voltyard.kernel import limits

Setting = str | int | float | bool


class SettingValue(GatewayBody):
    """A setting of 2.x with more than its value."""

    value: Setting


class ConnectorRatingBody(GatewayBody):
    """The rating of each connector."""

    max_current_a: Annotated[float, Field(gt=0, le=10_000)] | None = None
    phases: Annotated[int, Field(ge=1, le=3)] | None = None
    voltage_v: Annotated[float, Field(gt=0, le=2_000)] | None = None
    max_power_w: Annotated[float, Field(gt=0, le=10_000_000)] | None = None
    steps_a: list[Annotated[float, Field(ge=0, le=1_000)]] | None = Field(
        None,
        max_length=64,
        description="The only currents it can offer, e.g. [6, 8, 10, 13, 16]; left out: any (AC).",
    )
    ramp_s: Annotated[float, Field(ge=0, le=600)] | None = Field(
        None,
        description="How long power takes to rise to what it is to be. Left out: every change is "
        "at once.",
    )
    precharge_s: Annotated[float, Field(ge=0, le=600)] | None = Field(
        None, description="How long cable check and pre-charge take before that (DC)."
    )


class MeterOptionsBody(GatewayBody):
    """The meter of each connector. Left out: one that is exact and shows whole watt-hours."""

    model_config = example(accuracy="B", resolution_wh=10, noise=0.015)

    accuracy: Literal["exact", "A", "B", "C"] = Field(
        "exact",
        description="Its class (EN 50470-3): a fixed error of at most 2, 1 or 0.5 %, drawn from "
        "the charger's seed.",
    )
    resolution_wh: Annotated[float, Field(ge=0.001, le=1_000)] = 1.0
    noise: Annotated[float, Field(ge=0, le=0.1)] = Field(
        0.0,
        description="How far voltages stray from sample to sample, as a fraction; currents stray "
        "half as far, and the samples agree with each other all the same.",
    )


def _pem(longest: int, about: str) -> Any:
    return Field(None, min_length=1, max_length=longest, description=about)


class TlsBody(GatewayBody):
    """How a wss:// CSMS is checked, and what the charger shows of itself. TLS 1.2 at least."""

    model_config = example(ca="-----BEGIN CERTIFICATE-----...", verify_hostname=True)

    ca: str | None = _pem(
        limits.CA_PEM_CHARS,
        "PEM, one certificate or several: whom to trust. Left out: the system's trust store.",
    )
    verify_hostname: bool | None = Field(
        None,
        description="Whether the CSMS's certificate must be made out to the host of ws_url. "
        "Default true; false takes any name, the root is checked all the same.",
    )
    client_certificate: str | None = _pem(
        limits.PEM_CHARS,
        "PEM: the charger's own certificate, then those that lead to its root (profile 3).",
    )
    client_key: str | None = Field(
        None,
        min_length=1,
        max_length=limits.PEM_CHARS,
        repr=False,
        json_schema_extra={"writeOnly": True},
        description="PEM: the private key of client_certificate, not encrypted. Never shown: "
        "answers have has_client_key. Left out in a change, it stays.",
    )


CertificateType = Literal[
    "CSMSRootCertificate",
    "ManufacturerRootCertificate",
    "V2GRootCertificate",
    "MORootCertificate",
    "V2GCertificateChain",
]


def _certificate_type(value: Any) -> Any:
    """1.6 has a name of its own for one of them."""
    return "CSMSRootCertificate" if value == "CentralSystemRootCertificate" else value


class CertificateBody(GatewayBody):
    """A certificate that a charger has from its factory."""

    model_config = example(type="V2GRootCertificate", certificate="-----BEGIN CERTIFICATE-----...")

    type: Annotated[CertificateType, BeforeValidator(_certificate_type)] = Field(
        description="As OCPP 2.x has it; 1.6's CentralSystemRootCertificate is "
        "CSMSRootCertificate. V2GCertificateChain: the station's own, for ISO 15118."
    )
    certificate: str = Field(
        min_length=1,
        max_length=limits.CA_PEM_CHARS,
        description="PEM: one root or several; of a chain the station's own first.",
    )


class VendorSettingBody(GatewayBody):
    """A setting of the vendor's that says what it can be."""

    model_config = example(
        name="Led.Colour",
        instance="Left",
        key="LedColourLeft",
        value="blue",
        type="OptionList",
        values=["blue", "red"],
        needs_reboot=True,
    )

    name: Annotated[str, Field(min_length=1, max_length=101)] = Field(
        description="Component.Variable; without a component it is of the component Vendor."
    )
    instance: Annotated[str, Field(min_length=1, max_length=50)] | None = Field(
        None, description="Of the variable."
    )
    key: Annotated[str, Field(min_length=1, max_length=50)] | None = Field(
        None, description="Of OCPP 1.6. Left out: the name, and its instance in brackets."
    )
    value: Setting | None = Field(
        None,
        description="At first. Never shown of a WriteOnly one; left out in a change, it stays.",
    )
    type: Literal[
        "string",
        "decimal",
        "integer",
        "dateTime",
        "boolean",
        "OptionList",
        "SequenceList",
        "MemberList",
    ] = "string"
    access: Literal["ReadWrite", "ReadOnly", "WriteOnly"] = "ReadWrite"
    minimum: float | None = Field(None, description="Of a number.")
    maximum: float | None = Field(None, description="Of a number; of anything else its characters.")
    values: list[Word] | None = Field(
        None, max_length=100, description="Which an option or the members of a list may be."
    )
    unit: Annotated[str, Field(max_length=16)] | None = None
    needs_reboot: bool = Field(False, description="A change is answered with RebootRequired.")


def text(length: int, about: str) -> Any:
    """A field of at most so many characters, for a model's class body."""
    return Field(None, max_length=length, description=about)


def _can_be_kept(given: Any) -> Any:
    check_text(given)
    return given


DeviceModelFile = Annotated[
    list[Any] | Annotated[dict[str, Any], named("DeviceModel")], AfterValidator(_can_be_kept)
]
"""As NotifyReport has it; charger.variables.device_model reads it, and names what is wrong."""
