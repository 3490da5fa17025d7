"""The catalogue of all cases."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from voltyard.conformance.cases.case import Case, Role
from voltyard.conformance.charger import v16 as charger_16
from voltyard.conformance.charger import v201 as charger_201
from voltyard.conformance.csms import v16 as csms_16
from voltyard.conformance.csms import v201 as csms_201
from voltyard.kernel.errors import NotFound

CASES: Sequence[Case] = (
    *csms_16.CASES,
    *csms_201.CASES,
    *charger_16.CASES,
    *charger_201.CASES,
)

BLOCKS: Final[Mapping[str, str]] = {
    "A": "Security",
    "B": "Provisioning",
    "C": "Authorization",
    "D": "LocalAuthListManagement",
    "E": "Transactions",
    "F": "RemoteControl",
    "G": "Availability",
    "H": "Reservation",
    "I": "TariffAndCost",
    "J": "MeterValues",
    "K": "SmartCharging",
    "L": "FirmwareManagement",
    "M": "CertificateManagement",
    "N": "Diagnostics",
    "O": "DisplayMessage",
    "P": "DataTransfer",
}
"""Groups of the cases of OCPP 2.0.1, by the letters of the standard's functional blocks."""


def chosen(
    role: Role,
    *,
    ids: Iterable[str] = (),
    versions: Iterable[str] = (),
    groups: Iterable[str] = (),
) -> list[Case]:
    """The cases for that role with those ids, of those versions and groups; none named: all. The
    letter of a functional block stands for its group in OCPP 2.0.1.

    An id may be the beginning of one, as in `TC_003`. NotFound, with the nearest ids, where no case
    has it.
    """
    wanted, of, within = list(ids), set(versions), {one.lower() for one in groups}
    found = [
        case
        for case in CASES
        if case.role == role
        and (not of or case.version in of)
        and (not within or not within.isdisjoint(_names_of_group(case)))
    ]
    for id in wanted:
        if not any(_is_named(case, id) for case in found):
            near = get_close_matches(id, [case.id for case in found], n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(near)}?" if near else "see `voltyard conform list`"
            raise NotFound(f"no case {id!r} for a {role} in what was chosen", hint=hint)
    if wanted:
        found = [case for case in found if any(_is_named(case, id) for id in wanted)]
    if not found:
        raise NotFound("no case was chosen", hint="see `voltyard conform list`")
    return found


def _names_of_group(case: Case) -> set[str]:
    """Names of a case's group, in small letters."""
    names = {case.group.lower()}
    if case.version != "1.6":
        names |= {letter.lower() for letter, name in BLOCKS.items() if name == case.group}
    return names


def _is_named(case: Case, id: str) -> bool:
    return case.id == id or case.id.startswith(f"{id}_")
