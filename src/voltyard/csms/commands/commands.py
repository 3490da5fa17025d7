"""Every command to a charger, in neither version's words.

Each is declared once, in a file of this folder: its fields and their limits, the operation of REST
that asks for it and what that answers. REST's routes and models, the names in the history and the
table in docs/backend.md follow from COMMANDS; csms/v16 and csms/v201 translate them.
"""

from typing import Final

from voltyard.csms.commands import (
    charging,
    control,
    customers,
    device_model,
    display,
    local_list,
    maintenance,
    monitors,
    network,
    publication,
    security,
)
from voltyard.csms.commands.shared import BackendCommand

COMMANDS: Final[tuple[type[BackendCommand], ...]] = (
    control.Reset,
    control.UnlockConnector,
    control.ClearCache,
    control.TriggerMessage,
    control.ChangeAvailability,
    control.RawCall,
    control.RemoteStartTransaction,
    control.RemoteStopTransaction,
    control.GetTransactionStatus,
    control.CostUpdated,
    maintenance.GetConfiguration,
    maintenance.ChangeConfiguration,
    maintenance.UpdateFirmware,
    maintenance.GetDiagnostics,
    maintenance.SendDataTransfer,
    charging.ReserveNow,
    charging.CancelReservation,
    charging.SetChargingProfile,
    charging.ClearChargingProfiles,
    charging.GetCompositeSchedule,
    charging.SetChargingLimit,
    charging.ClearChargingLimit,
    monitors.SetMonitors,
    monitors.GetMonitors,
    monitors.ClearMonitors,
    monitors.SetMonitoringBase,
    monitors.SetMonitoringLevel,
    security.ChangePassword,
    security.GetLog,
    security.SignedUpdateFirmware,
    security.InstallCertificate,
    security.GetInstalledCertificateIds,
    security.DeleteCertificate,
    security.CertificateSigned,
    device_model.GetVariables,
    device_model.SetVariables,
    device_model.GetReport,
    network.SetNetworkProfile,
    publication.PublishFirmware,
    publication.UnpublishFirmware,
    display.SetDisplayMessage,
    display.GetDisplayMessages,
    display.ClearDisplayMessage,
    customers.CustomerInformation,
    local_list.DeliverLocalList,
    local_list.SendLocalList,
    local_list.GetLocalListVersion,
)
