"""The device model of 2.x as settings with one-line names.

HeartbeatInterval                        a 1.6 key: OCPPCommCtrlr.HeartbeatInterval
AuthCtrlr.Enabled                        component and variable
DeviceDataCtrlr.ItemsPerMessage[GetReport]   with a variable's instance
Connector@1/2.Available                  of EVSE 1, connector 2
Display[Main]@1.Text                     a component's instance, of EVSE 1
Anything                                 no dot and no counterpart: CustomizationCtrlr's
"""

import re
from collections.abc import Mapping

from voltyard.ocpp.v201.messages import EVSE, Component, Variable

_KEY = re.compile(
    r"(?P<component>[^.\[\]@]+)(?:\[(?P<component_instance>[^\]]*)\])?"
    r"(?:@(?P<evse>\d{1,9})(?:/(?P<connector>\d{1,9}))?)?"
    r"\.(?P<variable>[^\[\]]+)(?:\[(?P<variable_instance>[^\]]*)\])?"
)

KEYS_OF_16: Mapping[str, str] = {
    "AllowOfflineTxForUnknownId": "AuthCtrlr.OfflineTxForUnknownIdEnabled",
    "AuthorizationCacheEnabled": "AuthCacheCtrlr.Enabled",
    "AuthorizationKey": "SecurityCtrlr.BasicAuthPassword",
    "AuthorizeRemoteTxRequests": "AuthCtrlr.AuthorizeRemoteStart",
    "ChargeProfileMaxStackLevel": "SmartChargingCtrlr.ProfileStackLevel",
    "ChargingScheduleAllowedChargingRateUnit": "SmartChargingCtrlr.RateUnit",
    "ChargingScheduleMaxPeriods": "SmartChargingCtrlr.PeriodsPerSchedule",
    "ClockAlignedDataInterval": "AlignedDataCtrlr.Interval",
    "ConnectionTimeOut": "TxCtrlr.EVConnectionTimeOut",
    "CpoName": "SecurityCtrlr.OrganizationName",
    "HeartbeatInterval": "OCPPCommCtrlr.HeartbeatInterval",
    "LocalAuthListEnabled": "LocalAuthListCtrlr.Enabled",
    "LocalAuthorizeOffline": "AuthCtrlr.LocalAuthorizeOffline",
    "LocalPreAuthorize": "AuthCtrlr.LocalPreAuthorize",
    "MaxChargingProfilesInstalled": "SmartChargingCtrlr.Entries[ChargingProfiles]",
    "MaxEnergyOnInvalidId": "TxCtrlr.MaxEnergyOnInvalidId",
    "MeterValueSampleInterval": "SampledDataCtrlr.TxUpdatedInterval",
    "MeterValuesAlignedData": "AlignedDataCtrlr.Measurands",
    "MeterValuesSampledData": "SampledDataCtrlr.TxUpdatedMeasurands",
    "ResetRetries": "OCPPCommCtrlr.ResetRetries",
    "SendLocalListMaxLength": "LocalAuthListCtrlr.ItemsPerMessage",
    "SecurityProfile": "SecurityCtrlr.SecurityProfile",
    "StopTransactionOnEVSideDisconnect": "TxCtrlr.StopTxOnEVSideDisconnect",
    "StopTransactionOnInvalidId": "TxCtrlr.StopTxOnInvalidId",
    "StopTxnAlignedData": "AlignedDataCtrlr.TxEndedMeasurands",
    "StopTxnSampledData": "SampledDataCtrlr.TxEndedMeasurands",
    "TransactionMessageAttempts": "OCPPCommCtrlr.MessageAttempts[TransactionEvent]",
    "TransactionMessageRetryInterval": "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]",
    "UnlockConnectorOnEVSideDisconnect": "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
    "WebSocketPingInterval": "OCPPCommCtrlr.WebSocketPingInterval",
}
"""Variables that the keys of 1.6 became (2.0.1 Part 1, and the legacy controllers of the field)."""


def address(key: str) -> tuple[Component, Variable]:
    """The place in the device model that a key names."""
    match = _KEY.fullmatch(KEYS_OF_16.get(key, key))
    if match is None:
        return Component(name="CustomizationCtrlr"), Variable(name=key)
    evse, connector = match["evse"], match["connector"]
    component = Component(
        name=match["component"],
        instance=match["component_instance"],
        evse=EVSE(id=int(evse), connector_id=int(connector) if connector else None)
        if evse
        else None,
    )
    return component, Variable(name=match["variable"], instance=match["variable_instance"])


def name(component: Component, variable: Variable) -> str:
    """The key that names a place in the device model."""
    text = component.name
    if component.instance is not None:
        text += f"[{component.instance}]"
    if component.evse is not None:
        text += f"@{component.evse.id}"
        if component.evse.connector_id is not None:
            text += f"/{component.evse.connector_id}"
    text += f".{variable.name}"
    if variable.instance is not None:
        text += f"[{variable.instance}]"
    return text
