"""Settings of the station itself: connectors, feature profiles, device data, clock."""

from voltyard.charger.variables.standard.declaring import fixed, setting

NUMBER_OF_CONNECTORS = fixed("1", "integer", "NumberOfConnectors", None, "from its specification")
FEATURE_PROFILES = fixed(
    "Core,FirmwareManagement,LocalAuthListManagement,RemoteTrigger,Reservation,SmartCharging",
    "list",
    "SupportedFeatureProfiles",
    None,
    "what works; what a specification leaves out is NotSupported",
)
PHASE_ROTATION = setting(
    "",
    "list",
    "ConnectorPhaseRotation",
    None,
    maximum=50,
    about="connector.rotation; from its specification where empty",
)
PHASE_ROTATION_MAX = fixed(
    "50", "integer", "ConnectorPhaseRotationMaxLength", None, "members ConnectorPhaseRotation has"
)
BLINK_REPEAT = setting(
    "3",
    "integer",
    "BlinkRepeat",
    None,
    maximum=1_000,
    about="how often the lights blink; kept, since there are no lights",
)
LIGHT_INTENSITY = setting(
    "100",
    "integer",
    "LightIntensity",
    None,
    maximum=100,
    unit="%",
    about="how bright the lights are; kept, since there are no lights",
)
ITEMS_GET_REPORT = fixed(
    "50", "integer", None, "DeviceDataCtrlr.ItemsPerMessage[GetReport]", "items a NotifyReport has"
)
ITEMS_GET_VARIABLES = fixed(
    "50", "integer", None, "DeviceDataCtrlr.ItemsPerMessage[GetVariables]", "items taken at once"
)
ITEMS_SET_VARIABLES = fixed(
    "50", "integer", None, "DeviceDataCtrlr.ItemsPerMessage[SetVariables]", "items taken at once"
)
BYTES_GET_REPORT = fixed(
    "262144", "integer", None, "DeviceDataCtrlr.BytesPerMessage[GetReport]", "the longest frame"
)
BYTES_GET_VARIABLES = fixed(
    "262144", "integer", None, "DeviceDataCtrlr.BytesPerMessage[GetVariables]", "the longest frame"
)
BYTES_SET_VARIABLES = fixed(
    "262144", "integer", None, "DeviceDataCtrlr.BytesPerMessage[SetVariables]", "the longest frame"
)
TIME_SOURCE = fixed(
    "Heartbeat",
    "sequence",
    None,
    "ClockCtrlr.TimeSource",
    "the CSMS sets the clock",
    ("Heartbeat",),
)
ORGANIZATION_NAME = setting(
    "Voltyard", "text", "CpoName", "SecurityCtrlr.OrganizationName", about="the operator's name"
)
