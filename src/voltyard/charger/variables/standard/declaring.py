"""Constructors of the standard settings."""

from voltyard.charger.variables.settings import Access, Setting, SettingKind


def setting(
    default: str,
    kind: SettingKind,
    key: str | None = None,
    variable: str | None = None,
    access: Access = "ReadWrite",
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    values: tuple[str, ...] = (),
    unit: str = "",
    needs_reboot: bool = False,
    about: str = "",
) -> Setting:
    """A setting by its names in either version; None where a version has none."""
    if kind == "integer" and minimum is None:
        minimum = 0
    return Setting(
        default=default,
        kind=kind,
        key=key,
        variable=variable,
        access=access,
        minimum=minimum,
        maximum=maximum,
        values=values,
        unit=unit,
        needs_reboot=needs_reboot,
        about=about,
    )


def flag(
    default: str,
    key: str | None,
    variable: str | None,
    about: str,
    access: Access = "ReadWrite",
) -> Setting:
    """One that is on or off."""
    return setting(default, "boolean", key, variable, access, about=about)


def seconds(default: str, key: str | None, variable: str | None, about: str) -> Setting:
    """One of seconds, up to a year."""
    return setting(default, "integer", key, variable, maximum=31_536_000, unit="s", about=about)


def fixed(
    default: str,
    kind: SettingKind,
    key: str | None,
    variable: str | None,
    about: str,
    values: tuple[str, ...] = (),
) -> Setting:
    """One that is read-only."""
    return setting(default, kind, key, variable, "ReadOnly", values=values, about=about)
