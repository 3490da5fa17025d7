"""Options for deliberate faults, as they are typed or written in a file."""

from pathlib import Path
from typing import Any

import msgspec

from voltyard.catalogue.quirks.enabled import from_option, read
from voltyard.catalogue.quirks.personalities import Personality, personality_named
from voltyard.charger.description.specification import ChargerSpec
from voltyard.cli.options.data_files import read_data
from voltyard.kernel.errors import Invalid
from voltyard.runtimes import parsing
from voltyard.runtimes.parsing import ChargerFaults


class FaultOptions:
    """Deliberate faults of every charger of a fleet. Invalid where that cannot be."""

    def __init__(self, quirks: list[str], file: Path | None, personality: str | None) -> None:
        self._personality: Personality | None = None
        plain: dict[str, Any] = {"quirks": []} if file is None else _read(file)
        if personality is not None:
            self._personality = personality_named(personality)
            plain["quirks"] = [*self._personality.quirks, *plain.get("quirks", ())]
        plain["quirks"] = [*plain.get("quirks", ()), *map(from_option, quirks)]
        # What is said last of a quirk holds.
        last = {read(one).quirk.name: one for one in plain["quirks"]}
        self._plain = {**plain, "quirks": list(last.values())}

    def dress(self, spec: ChargerSpec) -> ChargerSpec:
        """The charger, as the personality has it."""
        one = self._personality
        if one is None:
            return spec
        if spec.version not in one.versions:
            speaks = " and ".join(one.versions)
            raise Invalid(
                f"{one.slug} has been seen with OCPP {speaks} only",
                hint=f"say --version {one.versions[0]}",
            )
        settings = {**one.settings.get(spec.version, {}), **spec.settings}
        return msgspec.structs.replace(spec, vendor=one.vendor, model=one.model, settings=settings)

    def of(self, version: str) -> ChargerFaults:
        """The faults of a charger of that version."""
        return parsing.faults(self._plain, version)


def _read(file: Path) -> dict[str, Any]:
    plain = read_data(file)
    if not isinstance(plain, dict) or not isinstance(plain.get("quirks", []), list):
        raise Invalid(f"{file} has no faults", hint='such as {"quirks": ["no-pong"]}')
    return plain
