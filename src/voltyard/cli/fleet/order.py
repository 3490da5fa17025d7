"""The order of a fleet: its options, checked, and the chargers that they come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast

from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.charger.variables.device_model import check as check_device_model
from voltyard.cli.options.device_models import read_device_model
from voltyard.cli.options.faults import FaultOptions
from voltyard.kernel import pace
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds
from voltyard.kernel.tls import Tls
from voltyard.network.links.address import read_url
from voltyard.ports.links import DialFailed
from voltyard.runtimes.parsing import ChargerFaults

_OPTIONS: Final = {
    "tls.client_certificate": "--cert",
    "tls.client_key": "--key",
    "tls.ca": "--ca",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOrder:
    """The options of `voltyard fleet`, as they were typed."""

    url: str
    count: int
    version: str
    """1.6, 2.0.1 or mixed."""
    seed: int
    prefix: str
    connectors: int = 1
    charge: bool = True
    tags: tuple[str, ...] = ()
    kind: str | None = None
    vehicles: tuple[str, ...] = ()
    tag_order: Any = "random"
    unknown_tags: float = 0.0
    rate: float = 1.0
    peer_agrees: bool = False
    validation: str = "lenient"
    password: str | None = None
    password_file: Path | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    sample_s: int = 10
    seconds: Seconds | None = None
    quirks: tuple[str, ...] = ()
    faults: Path | None = None
    personality: str | None = None
    device_model: Path | None = None
    is_json: bool = False

    @property
    def misbehaves(self) -> bool:
        """True where chargers were asked to do what earns them a CALLERROR."""
        return bool(self.quirks or self.faults or self.personality)


@dataclass(frozen=True, slots=True)
class FleetChargers:
    """Chargers to drive, and the deliberate faults of each OCPP version."""

    specs: list[ChargerSpec]
    faults: Mapping[str, ChargerFaults]


def chargers_of(order: FleetOrder) -> FleetChargers:
    """The chargers of an order. Invalid where it makes no sense."""
    _check(order)
    wanted = FaultOptions(list(order.quirks), order.faults, order.personality)
    passwords = _passwords(order)
    tls = _tls(order)
    specs = [
        wanted.dress(_charger(order, number, passwords[number - 1], tls))
        for number in range(1, order.count + 1)
    ]
    for spec in specs[:2]:  # of a mixed fleet the second speaks the other version
        check_device_model(spec)
    return FleetChargers(specs, {one: wanted.of(one) for one in {spec.version for spec in specs}})


def _charger(order: FleetOrder, number: int, password: str | None, tls: Tls) -> ChargerSpec:
    version: Any = order.version
    if version == "mixed":
        version = "1.6" if number % 2 else "2.0.1"
    return ChargerSpec(
        identity=f"{order.prefix}{number:05d}",
        version=version,
        csms_url=order.url,
        serial_number=f"{order.seed}-{number}",
        evses=(EvseSpec(),) * order.connectors,
        settings={"MeterValueSampleInterval": str(order.sample_s)},
        password=password,
        tls=tls,
        validation=cast(Literal["strict", "lenient"], order.validation),
        device_model=read_device_model(order.device_model),
        seed=order.seed,
    )


def _passwords(order: FleetOrder) -> list[str | None]:
    """A password for each charger."""
    if order.password_file is None:
        return [order.password] * order.count
    if order.password is not None:
        raise Invalid("--password and --password-file are two ways", hint="choose one")
    lines = _text(order.password_file).splitlines()
    if len(lines) < order.count or not all(lines[: order.count]):
        raise Invalid(
            f"{order.password_file} has {sum(map(bool, lines))} passwords for {order.count} "
            "chargers",
            hint="each line is the password of one, in their order",
        )
    return [*lines[: order.count]]


def _tls(order: FleetOrder) -> Tls:
    """TLS settings of the chargers, tried once."""
    if (order.certificate is None) != (order.key is None):
        raise Invalid("--cert and --key go together")
    given = [order.ca, order.certificate, order.key]
    if any(given) and not order.url.startswith("wss://"):
        raise Invalid("--ca, --cert and --key are for a --url of wss://")
    ca, certificate, key = (None if file is None else _text(file) for file in given)
    tls = Tls(ca=ca, client_certificate=certificate, client_key=key)
    if any(given):
        from voltyard.kernel import tls_contexts

        try:
            tls_contexts.check(tls)
        except Invalid as error:
            raise Invalid(_in_options(error.message)) from None
    return tls


def _in_options(message: str) -> str:
    """A complaint about TLS settings, in the names of this command's options."""
    for name, option in _OPTIONS.items():
        message = message.replace(name, option)
    return message


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise Invalid(f"cannot read {file}: {why}") from error


def _check(order: FleetOrder) -> None:
    try:
        read_url(order.url)
    except DialFailed as error:
        raise Invalid(f"--url: {error.message}", hint="such as ws://127.0.0.1:9000/ocpp") from None
    if len(order.prefix) > 40:
        raise Invalid("--prefix is longer than 40 characters")
    for tag in order.tags:
        if not 1 <= len(tag) <= 20:
            raise Invalid(f"--tag {tag!r} has not 1 to 20 characters")
    pace.check(order.rate)
    if order.rate != 1.0 and not order.peer_agrees:
        raise Invalid(
            f"--rate {order.rate:g} is only for a CSMS that agreed to chargers faster than real "
            "time",
            hint="say --peer-agrees where yours did",
        )
