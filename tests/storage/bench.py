"""Records for the tests of storage, one of each kind, with every field but those given."""

from typing import Any

from voltyard.csms import records
from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.refusals.refusal_rows import RefusalStored
from voltyard.csms.security import certificate_rows
from voltyard.csms.smart_charging.plan_rows import ChargingPlanStored

ORGANIZATION = "org_default"
NOW = 1_770_732_000.0


def charger(number: int = 1, /, **fields: Any) -> records.ChargerStored:
    values = {
        "id": f"chg_{number}",
        "organization_id": ORGANIZATION,
        "charge_box_id": f"CP-{number}",
        "registered_at": NOW + number,
    }
    return records.ChargerStored(**{**values, **fields})


def transaction(number: int = 1, /, **fields: Any) -> records.TransactionStored:
    values = {
        "id": f"txn_{number}",
        "organization_id": ORGANIZATION,
        "charger_id": "chg_1",
        "charge_box_id": "CP-1",
        "version": "1.6",
        "status": "in_progress",
        "ocpp_id": str(number),
        "number": number,
        "id_tag": "DEADBEEF",
        "meter_start_wh": 1000.5,
        "remote_started": True,
        "anomalies": (records.Anomaly("register_zero", NOW, "0 Wh after 1100 Wh", 2),),
        "created_at": NOW + number,
        "updated_at": NOW + number,
    }
    return records.TransactionStored(**{**values, **fields})


def message(number: int = 1, /, **fields: Any) -> records.MessageLogged:
    values = {
        "id": f"msg_{number}",
        "organization_id": ORGANIZATION,
        "charger_id": "chg_1",
        "charge_box_id": "CP-1",
        "version": "1.6",
        "direction": "incoming",
        "at": NOW + number,
        "message_id": str(number),
        "action": "Heartbeat",
        "request": f'[2,"{number}","Heartbeat",{{}}]',
        "outcome": "result",
        "verdict": "lenient",
        "violations": ("extra $.x: Object contains unknown field `x`",),
    }
    return records.MessageLogged(**{**values, **fields})


def meter_values(number: int = 1, /, **fields: Any) -> records.MeterValuesLogged:
    values = {
        "organization_id": ORGANIZATION,
        "charger_id": "chg_1",
        "transaction_id": "txn_1",
        "evse_id": 1,
        "connector_id": 1,
        "at": NOW + number,
        "samples": (
            records.SampledValue(value="1100", unit="Wh"),
            records.SampledValue(
                value="7.2", measurand="Power.Active.Import", phase="L1", multiplier=3
            ),
        ),
    }
    return records.MeterValuesLogged(**{**values, **fields})


def data_transfer(number: int = 1, /, **fields: Any) -> records.DataTransferLogged:
    values = {
        "id": f"dt_{number}",
        "organization_id": ORGANIZATION,
        "charger_id": "chg_1",
        "charge_box_id": "CP-1",
        "direction": "outgoing",
        "vendor_id": "MyVendor",
        "message_id": None,
        "data": "ünï",
        "response_status": "Accepted",
        "response_data": None,
        "created_at": NOW + number,
    }
    return records.DataTransferLogged(**{**values, **fields})


def command(number: int = 1, /, **fields: Any) -> records.CommandStored:
    values = {
        "id": f"cmd_{number}",
        "organization_id": ORGANIZATION,
        "charger_id": "chg_1",
        "charge_box_id": "CP-1",
        "command": "reset",
        "request": '{"type":"Soft"}',
        "status": "accepted",
        "asked_at": NOW + number,
    }
    return records.CommandStored(**{**values, **fields})


def connector(number: int = 1, /, **fields: Any) -> records.ConnectorStored:
    values = {
        "charger_id": "chg_1",
        "evse_id": number,
        "connector_id": number,
        "status": "Available",
        "updated_at": NOW,
    }
    return records.ConnectorStored(**{**values, **fields})


def connection(number: int = 1, /, **fields: Any) -> records.ConnectionStored:
    values = {
        "id": f"con_{number}",
        "organization_id": ORGANIZATION,
        "charger_id": "chg_1",
        "charge_box_id": "CP-1",
        "version": "1.6",
        "remote": "192.0.2.1:40000",
        "opened_at": NOW + number,
    }
    return records.ConnectionStored(**{**values, **fields})


def id_tag(number: int = 1, /, **fields: Any) -> records.IdTagStored:
    values = {
        "id": f"tag_{number}",
        "organization_id": ORGANIZATION,
        "id_tag": f"TAG-{number}",
        "charge_box_ids": ("CP-1", "CP-2"),
        "created_at": NOW + number,
        "updated_at": NOW + number,
    }
    return records.IdTagStored(**{**values, **fields})


def certificate(number: int = 1, /, **fields: Any) -> certificate_rows.CertificateStored:
    values = {
        "id": f"crt_{number}",
        "organization_id": ORGANIZATION,
        "charger_id": "chg_1",
        "charge_box_id": "CP-1",
        "common_name": "CP-1",
        "serial_number": f"{number:x}",
        "fingerprint": f"{number:064x}",
        "issued_at": NOW + number,
        "not_before": NOW,
        "not_after": NOW + 1000,
    }
    return certificate_rows.CertificateStored(**{**values, **fields})


def charging_plan(number: int = 1, /, **fields: Any) -> ChargingPlanStored:
    values = {
        "transaction_id": f"txn_{number}",
        "organization_id": ORGANIZATION,
        "needs_at": NOW + number,
        "negotiation": "{}",
    }
    return ChargingPlanStored(**{**values, **fields})


def refusal(number: int = 1, /, **fields: Any) -> RefusalStored:
    values = {
        "id": f"rfs_{number}",
        "organization_id": ORGANIZATION,
        "charger_id": None,
        "identity": f"CP-{number}",
        "address": "192.0.2.1",
        "offered": ("ocpp1.6", "ocpp2.0.1"),
        "reason": RefusalReason.NOT_REGISTERED,
        "hint": "not registered: Füße",
        "count": number,
        "first_at": NOW,
        "last_at": NOW + number,
    }
    return RefusalStored(**{**values, **fields})


def reservation(number: int = 1, /, **fields: Any) -> records.ReservationStored:
    values = {
        "id": f"rsv_{number}",
        "organization_id": ORGANIZATION,
        "charger_id": "chg_1",
        "charge_box_id": "CP-1",
        "reservation_id": number,
        "evse_id": 1,
        "connector_id": 1,
        "id_tag": "TAG",
        "expires_at": NOW + 60,
        "created_at": NOW + number,
        "updated_at": NOW + number,
    }
    return records.ReservationStored(**{**values, **fields})
