"""The settings of a charger: one store, of which 1.6 keys and 2.x variables are two views.

A charger holds only what differs from the defaults, so ten thousand of them share one table. What a
setting is (its type, range and rights) is said once, in `voltyard.charger.variables.standard`.
"""

from collections.abc import Mapping
from functools import lru_cache
from math import inf
from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import from_rfc3339

SettingKind: TypeAlias = Literal[
    "boolean", "integer", "decimal", "text", "list", "sequence", "option", "moment"
]
Access: TypeAlias = Literal["ReadWrite", "ReadOnly", "WriteOnly"]

TEXT_LENGTH = 500
"""Longest value taken (1.6 ChangeConfiguration.value has 500, 2.0.1 SetVariables 1000)."""

VENDOR_SETTINGS = 200
"""Names beyond the standard ones a specification may bring."""


class Setting(Struct, frozen=True, kw_only=True, eq=False):
    """One thing that can be configured. Names are the wire's; a version without a name hides it."""

    default: str
    kind: SettingKind
    key: str | None = None
    """OCPP 1.6 configuration key."""
    variable: str | None = None
    """OCPP 2.x `Component.Variable`, with `[instance]` of the variable where it has one."""
    access: Access = "ReadWrite"
    minimum: int | float | None = None
    maximum: int | float | None = None
    """Of a number; of a text its characters, of a list its members."""
    values: tuple[str, ...] = ()
    """Values that each member of a list, or an option, may have; empty: anything."""
    longest: int = TEXT_LENGTH
    """Characters of any value."""
    unit: str = ""
    needs_reboot: bool = False
    about: str = ""

    @property
    def name(self) -> str:
        """The name where no version is at hand."""
        return self.key or self.variable or ""

    def normal(self, text: str) -> str | None:
        """The value as it is kept, None where the setting cannot have it."""
        if len(text) > self.longest:
            return None
        match self.kind:
            case "boolean":
                lowered = text.strip().lower()
                return lowered if lowered in ("true", "false") else None
            case "integer":
                return self._normal_integer(text)
            case "decimal":
                return self._normal_decimal(text)
            case "list" | "sequence":
                return self._normal_list(text)
            case "option":
                return _spelled(text, self.values) if self.values else text
            case "moment":
                return text if _is_moment(text) else None
            case _:
                return text if self.maximum is None or len(text) <= self.maximum else None

    def _normal_integer(self, text: str) -> str | None:
        if not text.strip().lstrip("+-").isdecimal():
            return None
        try:
            number = int(text)
        except ValueError:
            return None
        if self.minimum is not None and number < self.minimum:
            return None
        if self.maximum is not None and number > self.maximum:
            return None
        return str(number)

    def _normal_decimal(self, text: str) -> str | None:
        try:
            number = float(text)
        except ValueError:
            return None
        low = -inf if self.minimum is None else self.minimum
        high = inf if self.maximum is None else self.maximum
        return f"{number:.12g}" if low <= number <= high and number < inf else None

    def _normal_list(self, text: str) -> str | None:
        """Every member must be allowed, else nothing is (1.6 section 9.1,
        MeterValuesSampledData)."""
        members = []
        for part in members_of(text):
            member = _spelled(part, self.values) if self.values else part
            if member is None:
                return None
            if member not in members:
                members.append(member)
        if self.maximum is not None and len(members) > self.maximum:
            return None
        if self.minimum is not None and len(members) < self.minimum:
            return None
        return ",".join(members)


@lru_cache(maxsize=1024)
def members_of(text: str) -> tuple[str, ...]:
    """The members of a comma-separated value."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _spelled(text: str, values: tuple[str, ...]) -> str | None:
    """The allowed value that `text` means; CiStrings are case-insensitive."""
    wanted = text.strip().lower()
    return next((value for value in values if value.lower() == wanted), None)


def _is_moment(text: str) -> bool:
    try:
        from_rfc3339(text)
    except ValueError:
        return False
    return True


class OwnSettings(Struct, frozen=True, kw_only=True, eq=False):
    """Settings that one make of charger has beside the standard ones; chargers of it share them."""

    settings: tuple[Setting, ...] = ()
    """Its vendor's, which both versions see."""
    by_key: dict[str, Setting] = {}
    """OCPP 1.6 keys, lower case."""
    by_variable: dict[str, Setting] = {}
    """OCPP 2.x `component.variable[instance]`, lower case."""
    named: dict[str, Setting] = {}
    """By `Setting.name`: these, and what a device model's variables hold."""
    initial: dict[Setting, str] = {}
    """First values of standard settings, where they are not the defaults."""


NO_OWN_SETTINGS = OwnSettings()


class ChargerSettings:
    """The current settings of one charger. Reading one that was never changed costs one miss."""

    __slots__ = ("_changed", "_vendor", "changes", "own", "version")

    def __init__(self, own: OwnSettings = NO_OWN_SETTINGS) -> None:
        self.own = own
        self._changed: dict[Setting, str] = dict(own.initial)
        self._vendor: dict[str, str] = {}
        self.version = 0
        """Rises with every change."""
        self.changes = 0
        """Number of changes to settings that have a type, those at the beginning included: what is
        made of settings holds until it is another."""

    def text(self, setting: Setting) -> str:
        """The value as text."""
        return self._changed.get(setting, setting.default)

    def flag(self, setting: Setting) -> bool:
        """The value of a boolean."""
        return self._changed.get(setting, setting.default) == "true"

    def number(self, setting: Setting) -> int:
        """The value of an integer."""
        return int(self._changed.get(setting, setting.default))

    def decimal(self, setting: Setting) -> float:
        """The value of a decimal number."""
        return float(self._changed.get(setting, setting.default))

    def members(self, setting: Setting) -> tuple[str, ...]:
        """The members of a list, in order."""
        return members_of(self._changed.get(setting, setting.default))

    def put(self, setting: Setting, text: str) -> bool:
        """Change a setting whatever its rights; False, and nothing changed, where it cannot be
        so."""
        value = setting.normal(text)
        if value is None:
            return False
        if value == setting.default:
            self._changed.pop(setting, None)
        else:
            self._changed[setting] = value
        self.version += 1
        self.changes += 1
        return True

    def vendor(self) -> dict[str, str]:
        """The settings no standard knows, by name."""
        return dict(self._vendor)

    def vendor_value(self, name: str) -> str | None:
        """A vendor setting's value; names are case-insensitive as CiStrings are."""
        known = self._vendor_name(name)
        return None if known is None else self._vendor[known]

    def put_vendor(self, name: str, text: str) -> bool:
        """Change a vendor setting that exists; False where the value is too long."""
        known = self._vendor_name(name)
        if known is None or len(text) > TEXT_LENGTH:
            return False
        self._vendor[known] = text
        self.version += 1
        return True

    def _vendor_name(self, name: str) -> str | None:
        if name in self._vendor:
            return name
        wanted = name.lower()
        return next((known for known in self._vendor if known.lower() == wanted), None)

    def begin(self, settings: Mapping[str, str], known: Mapping[str, Setting]) -> None:
        """Take the settings of a specification, by any name; Invalid where one cannot be.

        Names no standard knows are kept as the vendor's. `known` has lower-case names.
        """
        for name, text in settings.items():
            wanted = name.lower()
            setting = known.get(wanted) or self.own.by_key.get(wanted)
            setting = setting or self.own.by_variable.get(wanted)
            if setting is None:
                if len(self._vendor) >= VENDOR_SETTINGS or len(text) > TEXT_LENGTH:
                    raise Invalid(
                        "too many or too long vendor settings",
                        param=f"settings.{name}",
                        setting=name,
                    )
                self._vendor[name] = text
            elif not self.put(setting, text):
                raise Invalid(
                    f"{name} cannot be {text[:40]!r}",
                    hint=f"a value of kind {setting.kind} within its range",
                    param=f"settings.{name}",
                    setting=name,
                )
        self.version = 0

    def changed(self) -> dict[str, str]:
        """All that differs from the defaults, by name: what has to be remembered, beside
        `own_changed`."""
        own, initial = self.own.named, self.own.initial
        kept = {
            setting.name: text
            for setting, text in self._changed.items()
            if own.get(setting.name) is not setting and initial.get(setting) != text
        }
        # One that was set back to its default is not among them, and differs all the same.
        kept.update({one.name: one.default for one in initial if one not in self._changed})
        kept.update(self._vendor)
        return kept

    def own_changed(self) -> dict[str, str]:
        """Values that differ from their defaults, like `changed`, of the settings that the charger
        has beside the standard ones."""
        own = self.own.named
        return {
            setting.name: text
            for setting, text in self._changed.items()
            if own.get(setting.name) is setting
        }

    def restore(self, kept: Mapping[str, str], known: Mapping[str, Setting]) -> None:
        """Take up what was remembered of `changed`. What the charger has got a type for since
        begins anew."""
        own = self.own
        typed = {*own.by_key, *own.by_variable}
        self.begin({name: kept[name] for name in kept if name.lower() not in typed}, known)

    def restore_own(self, kept: Mapping[str, str]) -> None:
        """Take up what was remembered. The charger may have been made another since: what it does
        not have any more, or cannot have so, is left out."""
        for name, text in kept.items():
            setting = self.own.named.get(name)
            if setting is not None:
                self.put(setting, text)
        self.version = 0
