"""Settings that one make of charger has beside the standard ones, built once for all of it."""

from functools import lru_cache

from voltyard.charger.description.specification import ChargerSpec, VendorSetting
from voltyard.charger.variables import device_model, vendor_settings
from voltyard.charger.variables.settings import NO_OWN_SETTINGS, OwnSettings


def own_settings_of(spec: ChargerSpec) -> OwnSettings:
    """The settings beside the standard ones. Invalid, naming the place, where one cannot be."""
    if not spec.vendor_settings and not spec.device_model:
        return NO_OWN_SETTINGS
    return _put_together(spec.vendor_settings, spec.device_model)


@lru_cache(maxsize=64)
def _put_together(given: tuple[VendorSetting, ...], model: str) -> OwnSettings:
    settings = vendor_settings.settings_of(given)
    of_file = device_model.read(model)
    held = [
        attribute.setting
        for variable in of_file.variables.values()
        for attribute in variable.attributes.values()
    ]
    first = {setting: setting.normal(text) for _, setting, text in device_model.initial(of_file)}
    return OwnSettings(
        settings=tuple(settings),
        by_key={setting.key.lower(): setting for setting in settings if setting.key},
        by_variable={one.variable.lower(): one for one in settings if one.variable},
        named={setting.name: setting for setting in (*settings, *held)},
        initial={
            setting: text
            for setting, text in first.items()
            if text is not None and text != setting.default
        },
    )
