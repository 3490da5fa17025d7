"""Settings of monitors: what is reported, what is kept while offline, and how many are taken."""

from voltyard.charger.variables.standard.declaring import fixed, flag, setting

MONITORING_ENABLED = flag(
    "true", None, "MonitoringCtrlr.Enabled", "variables are watched; else no monitor triggers"
)
ACTIVE_MONITORING_BASE = fixed(
    "All",
    "option",
    None,
    "MonitoringCtrlr.ActiveMonitoringBase",
    "as SetMonitoringBase has left it",
    ("All", "FactoryDefault", "HardWiredOnly"),
)
ACTIVE_MONITORING_LEVEL = fixed(
    "9",
    "integer",
    None,
    "MonitoringCtrlr.ActiveMonitoringLevel",
    "as SetMonitoringLevel has left it: events of a higher number are not told",
)
OFFLINE_QUEUING_SEVERITY = setting(
    "5",
    "integer",
    None,
    "MonitoringCtrlr.OfflineQueuingSeverity",
    maximum=9,
    about="events of a higher number are not kept while the CSMS cannot be reached",
)
ITEMS_SET_MONITORING = fixed(
    "50",
    "integer",
    None,
    "MonitoringCtrlr.ItemsPerMessage[SetVariableMonitoring]",
    "items taken at once",
)
ITEMS_CLEAR_MONITORING = fixed(
    "50",
    "integer",
    None,
    "MonitoringCtrlr.ItemsPerMessage[ClearVariableMonitoring]",
    "ids taken at once",
)
BYTES_SET_MONITORING = fixed(
    "65536",
    "integer",
    None,
    "MonitoringCtrlr.BytesPerMessage[SetVariableMonitoring]",
    "the longest request",
)
BYTES_CLEAR_MONITORING = fixed(
    "65536",
    "integer",
    None,
    "MonitoringCtrlr.BytesPerMessage[ClearVariableMonitoring]",
    "the longest request",
)
