"""The subject of a run, as its owner declares it in a YAML file of a few lines."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from voltyard.kernel import tls_contexts
from voltyard.kernel.errors import Invalid
from voltyard.kernel.tls import Tls

OPTIONAL_PROFILES: Final = frozenset(
    {
        "FirmwareManagement",
        "LocalAuthListManagement",
        "RemoteTrigger",
        "Reservation",
        "SmartCharging",
    }
)
"""Feature profiles of OCPP 1.6 that a subject may be without."""

SEVERAL_EVSES: Final = "several EVSEs"
"""Need of a case: more than one EVSE."""


class Tags(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Id tags (id tokens) by what the subject has to say of them."""

    accepted: str = "04A1B2C3"
    other: str = "05D4C3B2"
    """Accepted as well, of another driver."""
    member: str | None = None
    """Accepted, of the same group (parentIdTag, groupIdToken) as `accepted`."""
    master: str | None = None
    """A master pass (2.0.1): accepted, of the group `master_group`, to stop transactions with."""
    master_group: str = "VY-MASTER"
    """The group id of master passes, as stations have it in MasterPassGroupId."""
    unknown: str = "0BADCAFE"
    blocked: str | None = None
    expired: str | None = None


class DeclaredFirmware(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Firmware that a charger under test can install. Files are looked for beside the YAML file."""

    file: str
    version: str = ""
    """The version that the charger tells once it is installed."""
    certificate: str = ""
    """PEM file of the certificate that proves the signature."""
    signature: str = ""
    """Of the file, in base64."""
    root: str = ""
    """PEM file of the maker's root, which is installed first. Without it the charger has it."""


class TlsEndpoint(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The endpoint of a CSMS for chargers of security profiles 2 and 3. Files are PEM."""

    url: str
    """wss://..., without an identity."""
    ca: Path | None = None
    """Roots that lead to its certificate; without, those of the system are trusted."""
    client_certificate: Path | None = None
    """A charger's own certificate, for security profile 3."""
    client_key: Path | None = None
    """The private key of that certificate, not encrypted."""
    identity: str = ""
    """The charger that the certificate belongs to; without, its common name."""

    def settings(self) -> Tls:
        """TLS settings for a charger of the tester's. Invalid for a file that cannot be used."""
        found = Tls(
            ca=_read(self.ca),
            client_certificate=_read(self.client_certificate),
            client_key=_read(self.client_key),
        )
        tls_contexts.check(found)
        return found


class Subject(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A CSMS or a charger under test."""

    features: list[str] = []
    """Feature profiles (1.6), functional blocks and abilities that it claims. Empty: every one."""
    lacks: list[str] = []
    """Features that it does not have."""
    tags: Tags = msgspec.field(default_factory=Tags)
    identities: list[str] = []
    """Of chargers that a CSMS under test knows, one for each case that plays at a time; of the
    charger under test, its own."""
    password: str | None = None
    """For basic authentication, by each of them."""
    tls: TlsEndpoint | None = None
    """Of a CSMS under test: its endpoint for security profiles 2 and 3."""
    pki: Path | None = None
    """Of a CSMS under test: the directory of a PKI (voltyard pki new) whose roots it trusts, whose
    OCSP responder runs, and of which a contract is revoked."""
    evses: int = 2
    """Of a charger under test."""
    firmware: DeclaredFirmware | None = None
    """Of a charger under test; simulated ones need none."""

    def has(self, feature: str) -> bool:
        """True where the subject claims that feature."""
        if feature in self.lacks or (feature == SEVERAL_EVSES and self.evses < 2):
            return False
        if feature == SEVERAL_EVSES:
            return True
        return not self.features or feature in self.features

    def lacks_profile(self, group: str) -> bool:
        """True where the subject does not have the feature profile of a case's group. The cases of
        other groups go by their needs alone, unless `lacks` names the group."""
        return group in self.lacks or (group in OPTIONAL_PROFILES and not self.has(group))


def _read(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no PEM file"
        raise Invalid(f"cannot read {file}: {why}", hint="see tls in the subject's file") from None


def with_files_beside(subject: Subject, where: Path) -> Subject:
    """The subject of the file `where`, its own files by their whole paths. Invalid where one of
    them is not there."""
    if subject.firmware is not None:
        subject.firmware = _with_files_beside(subject.firmware, where)
    return subject


def _with_files_beside(firmware: DeclaredFirmware, where: Path) -> DeclaredFirmware:
    """The firmware with whole paths. Invalid where there is no such file."""
    names = {"file": firmware.file, "certificate": firmware.certificate, "root": firmware.root}
    found = {field: where.parent / name for field, name in names.items() if name}
    for field, path in found.items():
        if not path.is_file():
            raise Invalid(
                f"{where}: firmware.{field}: {path} is no file",
                hint="it is looked for beside the file that names it",
            )
    return msgspec.structs.replace(firmware, **{field: str(path) for field, path in found.items()})
