"""OCPP version names of the gateway: OCPP1.6 of resources, ocpp1.6 of commands."""

from typing import Final

from voltyard.kernel.errors import Invalid

_VERSIONS: Final = {
    "OCPP1.6": "1.6",
    "OCPP1.6J": "1.6",
    "1.6": "1.6",
    "1.6J": "1.6",
    "OCPP2.0.1": "2.0.1",
    "2.0.1": "2.0.1",
}

_OF_RESOURCES: Final = {"1.6": "OCPP1.6", "2.0.1": "OCPP2.0.1"}
_OF_COMMANDS: Final = {"1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1"}

DEFAULT_VERSION: Final = "1.6"


def version_from(text: str) -> str:
    """The version that `text` means, e.g. OCPP1.6; Invalid where no charger can speak it."""
    version = _VERSIONS.get(text.strip().upper())
    if version is None:
        raise Invalid(
            f"{text!r} is not an OCPP version a charger here can speak",
            hint="OCPP1.6 or OCPP2.0.1",
            param="ocpp_version",
        )
    return version


def of_resource(version: str) -> str:
    """The version as a charger's record shows it: OCPP1.6."""
    return _OF_RESOURCES[version]


def of_command(version: str) -> str:
    """The version as a command shows it: ocpp1.6."""
    return _OF_COMMANDS[version]
