"""An enabled quirk: its parameters, probability and schedule."""

import math
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from msgspec import Struct

from voltyard.catalogue.quirks.quirk import Parameter, Quirk, Value
from voltyard.catalogue.quirks.table import BY_NAME, QUIRKS
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid

_FIELDS: Final = ("name", "probability", "schedule", "parameters")
_SCHEDULE: Final = ("from_s", "to_s", "every", "once")


class EnabledQuirk(Struct, frozen=True, kw_only=True):
    """One enabled quirk of one charger. Each time it could act, it does so where the schedule has
    it and chance, `probability` from 0 to 1, falls so."""

    quirk: Quirk
    probability: float
    from_s: float = 0.0
    """Not before so long after the charger connected last, or was switched on."""
    to_s: float | None = None
    """Not later than so long after."""
    every: int = 1
    """Only each so many-th time it could."""
    once: bool = False
    """Never again after the first time."""
    parameters: dict[str, Value] = {}
    """All of the quirk's."""

    def plain(self) -> dict[str, Any]:
        """Plain data, as JSON has it and `read` takes it."""
        schedule = {"from_s": self.from_s, "to_s": self.to_s, "every": self.every}
        return {
            "name": self.quirk.name,
            "probability": self.probability,
            "schedule": schedule | {"once": self.once},
            "parameters": dict(self.parameters),
        }


def quirk_named(name: str) -> Quirk:
    """By name or id, in any case. Invalid where there is none, with the nearest and the list."""
    spelt = name.strip().lower().replace("_", "-").replace(" ", "-")
    found = BY_NAME.get(spelt)
    if found is None:
        near = get_close_matches(spelt, BY_NAME, n=1)
        guess = f"; did you mean {near[0]}?" if near else ""
        known = ", ".join(quirk.name for quirk in QUIRKS)
        raise Invalid(f"there is no quirk {name!r}{guess}", hint=f"one of: {known}", param="quirks")
    return found


def read_all(plain: Sequence[Any], version: str | None = None) -> tuple[EnabledQuirk, ...]:
    """Quirks as JSON has them, each a name or an object. Invalid where one cannot be, or is there
    twice; with `version` also where a charger of that version cannot have it."""
    if len(plain) > limits.QUIRKS:
        raise Invalid(f"a charger has {limits.QUIRKS} quirks at most", param="quirks")
    switched = tuple(read(one) for one in plain)
    names = [one.quirk.name for one in switched]
    for one in switched:
        if names.count(one.quirk.name) > 1:
            raise Invalid(f"{one.quirk.name} is given twice", param="quirks")
        if version is not None and version not in one.quirk.versions:
            versions = " and ".join(one.quirk.versions)
            raise Invalid(
                f"{one.quirk.name} is of OCPP {versions} only, the charger speaks {version}",
                param="quirks",
            )
    return switched


def read(plain: Any) -> EnabledQuirk:
    """A quirk as JSON has it: its name, or an object with `name`, `probability`, `schedule` and
    `parameters`. Invalid where it cannot be."""
    if isinstance(plain, str):
        plain = {"name": plain}
    if not isinstance(plain, Mapping) or not isinstance(plain.get("name"), str):
        raise Invalid("a quirk is a name, or an object with a name", param="quirks")
    quirk = quirk_named(plain["name"])
    _known(quirk.name, plain, _FIELDS)
    schedule = _object(quirk, "schedule", plain.get("schedule"))
    _known(f"{quirk.name}: schedule", schedule, _SCHEDULE)
    probability = plain.get("probability")
    from_s, to_s = schedule.get("from_s"), schedule.get("to_s")
    every, once = schedule.get("every"), schedule.get("once")
    switched = EnabledQuirk(
        quirk=quirk,
        probability=_number(
            quirk.name, "probability", quirk.probability if probability is None else probability, 1
        ),
        from_s=0.0 if from_s is None else _number(quirk.name, "from_s", from_s, limits.RECOVERY_S),
        to_s=None if to_s is None else _number(quirk.name, "to_s", to_s, limits.RECOVERY_S),
        every=1 if every is None else _whole(every),
        once=False if once is None else once,
        parameters=_parameters(quirk, _object(quirk, "parameters", plain.get("parameters"))),
    )
    if type(switched.every) is not int or switched.every < 1:
        raise _bad(quirk.name, "every must be a whole number from 1")
    if type(switched.once) is not bool:
        raise _bad(quirk.name, "once must be true or false")
    return switched


def from_option(text: str) -> dict[str, Any]:
    """A quirk as typed in a terminal: `name`, or `name:key=value,...`, where a key is probability,
    one of the schedule's or a parameter's. Invalid where it is none."""
    name, _, rest = text.partition(":")
    quirk = quirk_named(name)
    plain: dict[str, Any] = {"name": quirk.name, "schedule": {}, "parameters": {}}
    for part in filter(None, rest.split(",")):
        key, sign, value = part.partition("=")
        if not sign:
            raise _bad(quirk.name, f"{part!r} is not of the form key=value")
        if key == "probability":
            plain[key] = _typed(value)
        elif key in _SCHEDULE:
            plain["schedule"][key] = _typed(value)
        else:
            asked = next((one for one in quirk.parameters if one.name == key), None)
            is_text = asked is not None and asked.kind == "string"
            plain["parameters"][key] = value if is_text else _typed(value)
    return plain


def _typed(value: str) -> Value:
    if value in ("true", "false"):
        return value == "true"
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        return value


def _object(quirk: Quirk, name: str, given: Any) -> Mapping[str, Any]:
    """Null is as good as nothing; false, 0 and an empty text are no objects."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise _bad(quirk.name, f"{name} must be an object")
    return given


def _parameters(quirk: Quirk, given: Mapping[str, Any]) -> dict[str, Value]:
    _known(quirk.name, given, tuple(parameter.name for parameter in quirk.parameters))
    return {
        parameter.name: _value(quirk, parameter, given.get(parameter.name))
        for parameter in quirk.parameters
    }


def _value(quirk: Quirk, parameter: Parameter, given: Any) -> Value:
    if given is None:
        return parameter.default
    if parameter.kind in ("integer", "number"):
        given = _whole(given) if parameter.kind == "integer" else given
        if parameter.kind == "integer" and type(given) is not int:
            raise _bad(quirk.name, f"{parameter.name} must be a whole number")
        assert parameter.least is not None and parameter.most is not None
        value = _number(quirk.name, parameter.name, given, parameter.most, parameter.least)
        return given if parameter.kind == "integer" else value
    if parameter.kind == "boolean":
        if type(given) is not bool:
            raise _bad(quirk.name, f"{parameter.name} must be true or false")
        return given
    if not isinstance(given, str) or len(given) > limits.QUIRK_TEXT_CHARS:
        raise _bad(
            quirk.name, f"{parameter.name} must be a text of {limits.QUIRK_TEXT_CHARS} characters"
        )
    if parameter.choices and given not in parameter.choices:
        choices = ", ".join(parameter.choices)
        raise _bad(quirk.name, f"{parameter.name} is one of {choices}, and not {given!r}")
    return given


def _whole(given: Any) -> Any:
    """A number without a fraction is whole, however it is written."""
    return int(given) if type(given) is float and given.is_integer() else given


def _number(quirk: str, name: str, given: Any, most: float, least: float = 0.0) -> float:
    if type(given) not in (int, float) or not math.isfinite(given) or not least <= given <= most:
        raise _bad(quirk, f"{name} must be a number from {least:g} to {most:g}")
    return float(given)


def _known(what: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
    for name in given:
        if name not in known:
            has = ", ".join(known) or "nothing to set"
            raise _bad(what, f"there is no {name!r}; it has {has}")


def _bad(what: str, problem: str) -> Invalid:
    return Invalid(f"{what}: {problem}", param="quirks")
