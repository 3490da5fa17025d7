"""The order of a load run: a file and options, checked, and the plan that they come to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from voltyard.charger.description.specification import ChargerSpec
from voltyard.cli.fleet.order import FleetOrder, chargers_of
from voltyard.kernel.errors import Invalid
from voltyard.load.plans.durations import read_duration
from voltyard.load.plans.plan import CallRate, LoadPlan, SessionRate, check_plan
from voltyard.load.plans.plan_file import FileSessions, LoadFile, ReadPlanFile, read_plan_file
from voltyard.load.plans.stages import HoldStage, RampStage, Stage, read_stage
from voltyard.load.thresholds import DEFAULT_THRESHOLDS, Threshold, read_threshold

Read = TypeVar("Read")

_CHARGERS: Final = 10
_RAMP_PER_S: Final = 50.0
"""Chargers a second that come where no stages are named."""
_HOLD_S: Final = 30.0
_VERSIONS: Final = {"mixed": frozenset({"1.6", "2.0.1"})}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOrder:
    """The file and options of `voltyard load`, as they were typed; None where they were not."""

    file: Path | None = None
    url: str | None = None
    version: str | None = None
    prefix: str | None = None
    seed: int | None = None
    chargers: int | None = None
    stages: str | None = None
    rates: tuple[str, ...] = ()
    session_every: str | None = None
    session_lasts: str | None = None
    meter_values: int | None = None
    tags: tuple[str, ...] = ()
    thresholds: tuple[str, ...] = ()
    password: str | None = None
    password_file: Path | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class LoadSetup:
    """A load run that makes sense: the plan, and its chargers."""

    plan: LoadPlan
    url: str
    version: str
    seed: int
    specs: Callable[[int], list[ChargerSpec]]
    """So many chargers."""


def setup_of(order: LoadOrder) -> LoadSetup:
    """The load run of an order; an option comes before what the file says. Invalid where it makes
    no sense."""
    read = None if order.file is None else read_plan_file(order.file)
    content = LoadFile() if read is None else read.content
    url = order.url or content.url
    if url is None:
        raise Invalid("no CSMS is named", hint="say --url ws://127.0.0.1:9000/ocpp")
    version = order.version or content.version
    plan = LoadPlan(
        stages=_stages(order, read),
        calls=_calls(order, content),
        sessions=_sessions(order, read),
        thresholds=_thresholds(order, read),
    )
    check_plan(plan, _VERSIONS.get(version, frozenset({version})))
    seed = content.seed if order.seed is None else order.seed

    def specs(count: int) -> list[ChargerSpec]:
        return chargers_of(
            FleetOrder(
                url=url,
                count=count,
                version=version,
                seed=seed,
                prefix=content.prefix if order.prefix is None else order.prefix,
                password=order.password,
                password_file=order.password_file,
                ca=order.ca,
                certificate=order.certificate,
                key=order.key,
                sample_s=plan.sessions.meter_values_s if plan.sessions else 60,
            )
        ).specs

    return LoadSetup(plan, url, version, seed, specs)


def _stages(order: LoadOrder, read: ReadPlanFile | None) -> tuple[Stage, ...]:
    if order.stages is not None:
        if order.chargers is not None:
            raise Invalid("--chargers and --stages are two ways", hint="choose one")
        texts = [text.strip() for text in order.stages.split(",")]
        return tuple(_each("--stages", texts, read_stage))
    if order.chargers is None and read is not None and read.content.stages:
        return tuple(read.each("stages", read.content.stages, read_stage))
    number = _CHARGERS if order.chargers is None else order.chargers
    return (RampStage(number, number / _RAMP_PER_S), HoldStage(_HOLD_S))


def _calls(order: LoadOrder, content: LoadFile) -> tuple[CallRate, ...]:
    if order.rates:
        return tuple(map(_rate, order.rates))
    return tuple(
        CallRate(action=one.action, rate=one.rate, payload=one.payload) for one in content.calls
    )


def _rate(text: str) -> CallRate:
    action, _, number = text.partition("=")
    try:
        return CallRate(action=action.strip(), rate=float(number))
    except ValueError:
        raise Invalid(
            f"--rate: {text!r} cannot be read", hint="such as Heartbeat=10: ten a second"
        ) from None


def _sessions(order: LoadOrder, read: ReadPlanFile | None) -> SessionRate | None:
    options = (order.session_every, order.session_lasts, order.meter_values, order.tags or None)
    given = None if read is None else read.content.sessions
    if given is None and all(one is None for one in options):
        return None
    said = given or FileSessions()

    def duration(name: str, option: str | None, text: str) -> float:
        if option is not None:
            return _each(f"--session-{name}", [option], read_duration)[0]
        return (
            read_duration(text)
            if read is None
            else read.one(f"sessions.{name}", text, read_duration)
        )

    return SessionRate(
        every_s=duration("every", order.session_every, said.every),
        lasts_s=duration("lasts", order.session_lasts, said.lasts),
        meter_values_s=said.meter_values if order.meter_values is None else order.meter_values,
        tags=order.tags or said.tags,
    )


def _thresholds(order: LoadOrder, read: ReadPlanFile | None) -> tuple[Threshold, ...]:
    if order.thresholds:
        return tuple(_each("--threshold", order.thresholds, read_threshold))
    if read is not None and read.content.thresholds:
        return tuple(read.each("thresholds", read.content.thresholds, read_threshold))
    return DEFAULT_THRESHOLDS


def _each(option: str, texts: Iterable[str], read: Callable[[str], Read]) -> list[Read]:
    try:
        return [read(text) for text in texts]
    except Invalid as error:
        raise Invalid(f"{option}: {error.message}", hint=error.advice) from None
