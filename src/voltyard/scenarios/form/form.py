"""The one form of scenarios, which YAML and Python both compile to.

Texts may hold `${name}`: a parameter of the row, or a value that an earlier step has saved. Where
that is the whole text, the value itself stands there, with its type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType, field

Version: TypeAlias = Literal["1.6", "2.0.1"]
Theme: TypeAlias = Literal["sessions", "offline", "smart charging", "faults", "security", "load"]
Number: TypeAlias = int | float | str
"""Text is for `${name}` alone."""
Count: TypeAlias = int | str
"""Likewise."""
Duration: TypeAlias = str
"""A number and its unit: `500 ms`, `5 s`, `10 min`, `8 h`, `2 d`."""
Parameter: TypeAlias = str | int | float | bool
TagWord: TypeAlias = Literal["accepted", "blocked", "expired", "unknown", "concurrent"]

WITHIN: Final[Duration] = "30 s"
"""The bound of a wait that names none."""


class WithinPercent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number, and how far a value may lie from it."""

    of: Number
    percent: float


class Comparison(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Comparisons of one value, all of which must hold. A value alone stands for `equals`."""

    equals: Any = UNSET
    differs: Any = UNSET
    """From this value."""
    one_of: list[Any] | UnsetType = field(name="in", default=UNSET)
    between: tuple[Number, Number] | UnsetType = UNSET
    """Both ends included."""
    at_least: Number | UnsetType = UNSET
    at_most: Number | UnsetType = UNSET
    matches: str | UnsetType = UNSET
    """A regular expression that the whole text matches."""
    within_percent: WithinPercent | UnsetType = UNSET
    exists: bool | UnsetType = UNSET
    """False: there is no such value."""


Where: TypeAlias = dict[str, Comparison | str | int | float | bool | None]
"""Comparisons by JSONPath (RFC 9535). Of several values that a path finds, one must fit."""


class Occurrence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that can be waited for and expected: one of frame, event, status, state and
    transaction."""

    frame: str | None = None
    """An OCPP action, such as StartTransaction."""
    kind: Literal["call", "result", "error"] = "call"
    """Of the frame: the CALL, its CALLRESULT or its CALLERROR."""
    by: Literal["charger", "csms"] | None = None
    """The sender of the frame."""
    event: str | None = None
    """An event of the simulated charger, such as `meter`, `firmware` or `connection`."""
    status: str | None = None
    """A connector's status, in the words of the charger's version."""
    evse: Count = 1
    """Of the status and of the transaction; in 1.6 connector n is EVSE n."""
    connector: Count = 1
    state: Where | None = None
    """Comparisons with the charger's state as it is now."""
    transaction: Literal["none", "running", "started", "ended"] | None = None
    where: Where = {}
    """Comparisons with the payload of the frame, the event, or the transaction."""


class Condition(Occurrence, frozen=True, kw_only=True, omit_defaults=True):
    """An occurrence, and when and how often it is to come."""

    within: Duration | None = None
    """The bound of the wait; of an expectation with `after`, it counts from there."""
    times: Count | None = None
    """Exactly so often; of a wait: until it has come so often."""
    after: Occurrence | None = None
    """Only what comes after the first of these counts."""
    before: Occurrence | None = None
    """Only what comes before the first of these counts, and that must come."""
    since: Literal["act", "start"] = "act"
    """The moment from which on it counts: the last act (`do`, `ask`, `faults`), or the start."""
    rule: str = ""
    """The rule that is broken where it does not hold, such as "OCPP 1.6 section 5.11"."""


class Repeat(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Steps that are taken so often, one round after the other. `${round}` counts from 1."""

    times: Count
    steps: list[ScenarioStep]


class ScenarioStep(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One step: exactly one of do, ask, faults, wait_for, expect, repeat, together,
    for_each_charger and steps."""

    title: str = ""
    """Shown in reports in place of the step's own words."""
    do: str | None = None
    """A physical command of the charger's surroundings, such as plug_in or swipe."""
    ask: str | None = None
    """A command of the CSMS, such as remote_start_transaction."""
    arguments: dict[str, Any] = field(name="with", default={})
    """Fields of the command. `{from_now: 1 h}` is a moment."""
    refused: bool = False
    """The charger is to refuse what it is told to do; the CSMS's command is to fail."""
    answer: Where = {}
    """Comparisons with the command's result."""
    faults: dict[str, Any] | None = None
    """Quirks and network conditions from here on; `{}`: none."""
    wait_for: Condition | None = None
    expect: Condition | None = None
    repeat: Repeat | None = None
    together: list[ScenarioStep] | None = None
    """Branches that go on side by side, until all are through."""
    for_each_charger: list[ScenarioStep] | None = None
    """Steps that each charger takes at its own pace, all of them side by side."""
    steps: list[ScenarioStep] | None = None
    """Steps in their order, as one branch of `together`."""
    charger: Count | None = None
    """The number of the charger, from 1. None: each, side by side."""
    version: Version | None = None
    """The step is only for chargers of this version."""
    save: dict[str, str] = {}
    """Names for values, by JSONPath, of what came: `${name}` stands for them from here on."""


VERBS: Final = (
    "do",
    "ask",
    "faults",
    "wait_for",
    "expect",
    "repeat",
    "together",
    "for_each_charger",
    "steps",
)


class Chargers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The chargers of a scenario, all alike."""

    count: Count = 1
    identity: str = "SCENARIO-{n:03d}"
    """The pattern of identities; n counts from 1."""
    model: str | None = None
    """Of the catalogue, as `brand/model`. None: a plain AC charger of 22 kW."""
    evses: Count | None = None
    settings: dict[str, str] = {}
    """By 1.6 key or 2.x Component.Variable."""
    vehicle: str | dict[str, Any] | None = None
    """The vehicle that plugs in by default: a name of the catalogue, or a description."""
    spec: dict[str, Any] = {}
    """Further fields of the charger's specification."""
    faults: dict[str, Any] = {}
    """Quirks and network conditions from the beginning."""
    boot: bool = True
    """The story begins once each charger is accepted by the CSMS. False: at once."""


class Csms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The CSMS that the story needs: Voltyard's own backend becomes that, another one has to be."""

    tags: dict[str, TagWord] = {}
    """Id tags that it decides on so; all others are accepted."""
    groups: dict[str, str] = {}
    """The group (parent) of tags."""
    heartbeat: Duration = "300 s"
    boot: Literal["accept", "pending", "reject"] = "accept"
    concurrent: bool = True
    """A tag may charge at two places at once."""
    validation: Literal["strict", "lenient"] = "strict"
    passwords: dict[str, str] = {}
    """By identity; a charger without one needs none."""


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A story with chargers: people's acts, faults, waits for something, and expectations."""

    name: str
    theme: str
    title: str
    description: str = ""
    versions: tuple[Version, ...] = ("1.6",)
    """OCPP versions; the scenario is played once in each."""
    chargers: Chargers = Chargers()
    csms: Csms = Csms()
    parameters: dict[str, Parameter] = {}
    """Names and values that `${name}` stands for; `--set name=value` gives another value."""
    rows: list[dict[str, Parameter]] = []
    """Rows of parameters, which override `parameters`; the scenario is played once with each."""
    timeout: Duration = "24 h"
    """The longest that one row may take, in the chargers' time."""
    steps: list[ScenarioStep]
    requirements: list[str] = []
    """Rules of OCPP that it is about, for reports."""


NO_PARAMETERS: Final[Mapping[str, Parameter]] = {}
