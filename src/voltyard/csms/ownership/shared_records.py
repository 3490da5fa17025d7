"""Shared records: what organizations have, which every process goes by and one of them writes."""

from collections.abc import Callable
from typing import TypeAlias

from voltyard.csms.authorization.id_tag_registry import IdTagRegistry
from voltyard.csms.records import Contents, IdTagDeleted, IdTagStored, SettingsStored
from voltyard.csms.security.certificate_rows import CertificateForgotten, CertificateStored
from voltyard.csms.security.issued_certificates import IssuedCertificates
from voltyard.csms.settings import OrganizationSettings
from voltyard.csms.tariffs.tariff_registry import TariffRegistry
from voltyard.csms.tariffs.tariff_rows import TariffDeleted, TariffStored

SharedRecord: TypeAlias = (
    SettingsStored
    | IdTagStored
    | IdTagDeleted
    | TariffStored
    | TariffDeleted
    | CertificateStored
    | CertificateForgotten
)


class SharedRecords:
    """Takes up what another process has written. Certificates are their charger's; the server and
    the process that has the charger may both write them."""

    def __init__(
        self,
        settings: OrganizationSettings,
        id_tags: IdTagRegistry,
        tariffs: TariffRegistry,
        issued: IssuedCertificates,
        has_certificates_of: Callable[[str], bool],
        revoked: Callable[[CertificateStored], None],
    ) -> None:
        """`has_certificates_of` is true of the chargers whose certificates are known here, and
        `revoked` hears of each that is revoked."""
        self._settings = settings
        self._id_tags = id_tags
        self._tariffs = tariffs
        self._issued = issued
        self._has_certificates_of = has_certificates_of
        self._revoked = revoked

    def replace(self, contents: Contents) -> None:
        """Go by these settings, id tags and tariffs, and no others."""
        self._settings.load(contents.settings)
        self._id_tags.load(contents.id_tags)
        self._tariffs.load(contents.tariffs)

    def take_up(self, record: SharedRecord) -> None:
        """A record was written."""
        match record:
            case SettingsStored():
                self._settings.put(record)
            case IdTagStored():
                self._id_tags.put(record)
            case IdTagDeleted():
                if (tag := self._id_tags.by_id(record.id)) is not None:
                    self._id_tags.remove(tag)
            case TariffStored():
                self._tariffs.put(record)
            case TariffDeleted():
                if (tariff := self._tariffs.by_id(record.id)) is not None:
                    self._tariffs.remove(tariff)
            case CertificateStored():
                self._take_up_certificate(record)
            case CertificateForgotten():
                if (certificate := self._issued.by_id(record.id)) is not None:
                    self._issued.drop(certificate)

    def _take_up_certificate(self, row: CertificateStored) -> None:
        if not self._has_certificates_of(row.charger_id):
            return
        self._issued.put(row)
        if row.revoked_at is not None:
            self._revoked(row)
