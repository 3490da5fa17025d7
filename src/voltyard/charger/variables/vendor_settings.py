"""A vendor's own settings: declared in a specification, checked, and built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from voltyard.charger.description.specification import DataType, VendorSetting
from voltyard.charger.variables.settings import Setting, SettingKind
from voltyard.charger.variables.standard import BY_NAME
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid

KINDS: Final[dict[DataType, SettingKind]] = {
    "string": "text",
    "decimal": "decimal",
    "integer": "integer",
    "dateTime": "moment",
    "boolean": "boolean",
    "OptionList": "option",
    "SequenceList": "sequence",
    "MemberList": "list",
}

NAME_CHARACTERS: Final = 50
"""Of a component, a variable, an instance, a key: both versions have as many."""

LONGEST_UNIT: Final = 16
LONGEST_VALUES: Final = 1_000
"""Characters of VariableCharacteristics."""

COMPONENT: Final = "Vendor"
"""Of a variable whose name has no component."""

_NUMBERS: Final = ("integer", "decimal")


def settings_of(given: Sequence[VendorSetting]) -> list[Setting]:
    """The settings. Invalid, naming the place, where one cannot be."""
    if len(given) > limits.VENDOR_SETTINGS:
        raise bad("vendor_settings", f"{len(given)} of them, and at most {limits.VENDOR_SETTINGS}")
    settings: list[Setting] = []
    taken: set[str] = set()
    for number, one in enumerate(given):
        place = f"vendor_settings[{number}]"
        setting = _made(one, place)
        for name in (setting.key or "", setting.variable or ""):
            if name.lower() in BY_NAME:
                raise bad(f"{place}.name", f"{name} is a standard setting, of `settings`")
            if name.lower() in taken:
                raise bad(f"{place}.name", f"there is another {name}")
        taken |= {(setting.key or "").lower(), (setting.variable or "").lower()}
        settings.append(setting)
    return settings


def _made(one: VendorSetting, place: str) -> Setting:
    component, dot, variable = one.name.partition(".")
    if not dot:
        component, variable = COMPONENT, one.name
    for part, name in (("name", component), ("name", variable), ("instance", one.instance)):
        if name is not None:
            check_name(f"{place}.{part}", name)
    for value in one.values:
        if not value or "," in value or value != value.strip():
            raise bad(f"{place}.values", f"{value[:40]!r} is none: they are listed with commas")
    if len(",".join(one.values)) > LONGEST_VALUES:
        raise bad(f"{place}.values", f"longer than {LONGEST_VALUES} characters together")
    if len(one.unit) > LONGEST_UNIT:
        raise bad(f"{place}.unit", f"longer than {LONGEST_UNIT} characters")
    bracketed = "" if one.instance is None else f"[{one.instance}]"
    key = one.key or one.name + bracketed
    check_name(f"{place}.key", key)
    setting = limited(
        key=key,
        variable=f"{component}.{variable}{bracketed}",
        type=one.type,
        access=one.access,
        limits=(one.minimum, one.maximum),
        values=one.values,
        longest=500,
        unit=one.unit,
        needs_reboot=one.needs_reboot,
    )
    return with_value(setting, one.value, f"{place}.value")


def limited(
    *,
    key: str | None,
    variable: str,
    type: DataType,
    access: str,
    limits: tuple[int | float | None, int | float | None],
    values: tuple[str, ...],
    longest: int,
    unit: str,
    needs_reboot: bool,
) -> Setting:
    """A setting without a value. Of anything but a number the upper limit counts characters (2.0.1
    Part 2, VariableCharacteristicsType)."""
    is_number = type in _NUMBERS
    low, high = limits
    if not is_number and high is not None:
        longest = min(longest, max(int(high), 0))
    return Setting(
        default="",
        kind=KINDS[type],
        key=key,
        variable=variable,
        access=access,  # type: ignore[arg-type]
        minimum=low if is_number else None,
        maximum=high if is_number else None,
        values=values,
        longest=longest,
        unit=unit,
        needs_reboot=needs_reboot,
    )


def with_value(setting: Setting, value: str, place: str) -> Setting:
    """The setting with its first value; none is as good as any. Invalid where it cannot be so."""
    if not value:
        return setting
    normal = setting.normal(value)
    if normal is None:
        raise bad(place, f"{value[:40]!r} is not {_wanted(setting)}")
    return replace(setting, default=normal)


def _wanted(setting: Setting) -> str:
    """The values that a setting has, in words."""
    kind = {
        "text": "a text",
        "option": "one",
        "list": "a list",
        "sequence": "a list",
        "moment": "a date-time with a zone",
        "boolean": "true or false",
        "integer": "a whole number",
        "decimal": "a number",
    }[setting.kind]
    if setting.values:
        kind += f" of {', '.join(setting.values)}"[:200]
    if setting.minimum is not None:
        kind += f" from {setting.minimum:g}"
    if setting.maximum is not None:
        kind += f" to {setting.maximum:g}"
    return f"{kind} of at most {setting.longest} characters"


def check_name(place: str, name: str) -> None:
    """Invalid where nothing can be called so."""
    if not name or len(name) > NAME_CHARACTERS or not name.isprintable():
        raise bad(place, f"{name[:60]!r} is no name of 1 to {NAME_CHARACTERS} characters")


def bad(place: str, what: str) -> Invalid:
    """The error for what was given at that place."""
    return Invalid(f"{place}: {what}", param=place)
