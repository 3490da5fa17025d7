"""Publication of firmware over OCPP 2.0.1 (L03, L04)."""

from voltyard.csms.commands import publication
from voltyard.csms.dialect import NextNumber
from voltyard.csms.translation import CommandTable
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m


def _publish(command: publication.PublishFirmware, number: NextNumber) -> Payload:
    request_id = number() if command.request_id is None else command.request_id
    return m.PublishFirmwareRequest(
        location=command.location,
        checksum=command.checksum,
        request_id=request_id,
        retries=command.retries,
        retry_interval=command.retry_interval_s,
    )


REQUESTS: CommandTable = {
    publication.PublishFirmware: _publish,
    publication.UnpublishFirmware: (
        lambda c, number: m.UnpublishFirmwareRequest(checksum=c.checksum)
    ),
}
