"""Commands about customers: what a charger knows of one, told and forgotten (2.0.1 N09, N10)."""

from typing import Annotated, Any, ClassVar

from voltyard.csms.commands.declaration import AnswerShape, CommandOperation, WireField
from voltyard.csms.commands.results import CustomerInformationResult
from voltyard.csms.commands.shared import BackendCommand, IdTagType, Word


class CustomerInformation(BackendCommand, frozen=True, kw_only=True, tag="customer-information"):
    """Ask what the charger knows of a customer, or have it forget.

    Of OCPP 2.0.1 (N09, N10). The answer waits for all parts of the charger's report. Invalid where
    the charger does not take what names the customer.

    Body: One of idTag, certificateHashData and customerIdentifier names the customer.

    Answer: The charger's word, and what it told: empty where it knows nothing, or only forgot.
    """

    operation: ClassVar = CommandOperation(
        name="get_customer_information",
        tag="display",
        body="CustomerInformationBody",
        example={"idTag": "04A1B2C3", "report": True, "clear": False},
        answer=AnswerShape(
            "CustomerInformationAnswer", "charge_box_id", "status", "data", "reason"
        ),
        result={"data": "cache since 2026-11-21T09:00:00Z: token 04a1b2c3, Accepted"},
    )
    result: ClassVar = CustomerInformationResult
    first_version: ClassVar = "2.0.1"

    id_tag: Annotated[Word | None, WireField("idTag")] = None
    id_tag_type: IdTagType = "ISO14443"
    hash_data: Annotated[dict[str, Any] | None, WireField("certificateHashData")] = None
    customer_identifier: Annotated[
        str | None, WireField("customerIdentifier", min_length=1, max_length=64)
    ] = None
    report: bool = True
    clear: bool = False
