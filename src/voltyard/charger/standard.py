"""Every setting the charger knows, by its wire names (1.6 section 9; 2.0.1 Part 2 section 2 and
its appendices), with the product's defaults. docs/charger.md has the same table; a test compares
them.
"""

from voltyard.charger.settings import Access, Kind, Setting

MEASURANDS = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Power.Offered",
    "Current.Import",
    "Current.Offered",
    "Voltage",
    "SoC",
)
"""What the meter can tell."""

_PHASED = ("Power.Active.Import", "Current.Import", "Voltage")
MEASURANDS_BY_PHASE = MEASURANDS + tuple(
    f"{measurand}.{phase}" for measurand in _PHASED for phase in ("L1", "L2", "L3")
)
"""With the phase suffixes 1.6 section 9.1.18 allows."""

_TX_POINTS = (
    "ParkingBayOccupancy",
    "EVConnected",
    "Authorized",
    "PowerPathClosed",
    "EnergyTransfer",
)

_ALL: list[Setting] = []


def _setting(
    default: str,
    kind: Kind,
    key: str | None = None,
    variable: str | None = None,
    access: Access = "ReadWrite",
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    values: tuple[str, ...] = (),
    unit: str = "",
    needs_reboot: bool = False,
    about: str = "",
) -> Setting:
    if kind == "integer" and minimum is None:
        minimum = 0
    setting = Setting(
        default=default,
        kind=kind,
        key=key,
        variable=variable,
        access=access,
        minimum=minimum,
        maximum=maximum,
        values=values,
        unit=unit,
        needs_reboot=needs_reboot,
        about=about,
    )
    _ALL.append(setting)
    return setting


def _flag(
    default: str,
    key: str | None,
    variable: str | None,
    about: str,
    access: Access = "ReadWrite",
) -> Setting:
    return _setting(default, "boolean", key, variable, access, about=about)


def _seconds(default: str, key: str | None, variable: str | None, about: str) -> Setting:
    return _setting(default, "integer", key, variable, maximum=31_536_000, unit="s", about=about)


def _fixed(
    default: str,
    kind: Kind,
    key: str | None,
    variable: str | None,
    about: str,
    values: tuple[str, ...] = (),
) -> Setting:
    return _setting(default, kind, key, variable, "ReadOnly", values=values, about=about)


def _measurands(default: str, key: str | None, variable: str, about: str) -> Setting:
    values = MEASURANDS_BY_PHASE if key else MEASURANDS
    return _setting(default, "list", key, variable, values=values, maximum=20, about=about)


# --- connection --------------------------------------------------------------------------------

HEARTBEAT_INTERVAL = _setting(
    "300",
    "integer",
    "HeartbeatInterval",
    "OCPPCommCtrlr.HeartbeatInterval",
    minimum=1,
    maximum=86_400,
    unit="s",
    about="silence after which a Heartbeat is sent; the boot's answer sets it",
)
WEBSOCKET_PING_INTERVAL = _seconds(
    "0",
    "WebSocketPingInterval",
    "OCPPCommCtrlr.WebSocketPingInterval",
    "0: this end sends no pings; taken up at the next connection",
)
MESSAGE_TIMEOUT = _setting(
    "30",
    "integer",
    "MessageTimeout",
    "OCPPCommCtrlr.MessageTimeout[Default]",
    minimum=1,
    maximum=3_600,
    unit="s",
    about="how long a call waits for its answer",
)
MESSAGE_ATTEMPTS = _setting(
    "3",
    "integer",
    "TransactionMessageAttempts",
    "OCPPCommCtrlr.MessageAttempts[TransactionEvent]",
    minimum=1,
    maximum=1_000,
    about="how often a transaction message is sent in all before it is given up",
)
MESSAGE_ATTEMPT_INTERVAL = _seconds(
    "60",
    "TransactionMessageRetryInterval",
    "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]",
    "times the number of attempts made: the wait before the next",
)
OFFLINE_THRESHOLD = _seconds(
    "60",
    None,
    "OCPPCommCtrlr.OfflineThreshold",
    "after a longer absence every connector's status is sent, else the changed ones",
)
BACKOFF_MINIMUM = _seconds(
    "5", None, "OCPPCommCtrlr.RetryBackOffWaitMinimum", "wait before the first redial"
)
BACKOFF_RANDOM = _seconds(
    "5", None, "OCPPCommCtrlr.RetryBackOffRandomRange", "at most added to each wait"
)
BACKOFF_REPEATS = _setting(
    "5",
    "integer",
    None,
    "OCPPCommCtrlr.RetryBackOffRepeatTimes",
    maximum=20,
    about="how often the wait is doubled",
)
RESET_RETRIES = _setting(
    "0",
    "integer",
    "ResetRetries",
    "OCPPCommCtrlr.ResetRetries",
    maximum=100,
    about="a simulated reset never fails, so none is retried",
)
QUEUE_ALL_MESSAGES = _fixed(
    "false", "boolean", None, "OCPPCommCtrlr.QueueAllMessages", "only transactions are queued"
)
FILE_TRANSFER_PROTOCOLS = _fixed(
    "",
    "list",
    None,
    "OCPPCommCtrlr.FileTransferProtocols",
    "no files are transferred",
    ("FTP", "FTPS", "HTTP", "HTTPS", "SFTP"),
)
NETWORK_PRIORITY = _fixed(
    "0",
    "sequence",
    None,
    "OCPPCommCtrlr.NetworkConfigurationPriority",
    "one network profile",
    ("0",),
)
NETWORK_ATTEMPTS = _fixed(
    "1", "integer", None, "OCPPCommCtrlr.NetworkProfileConnectionAttempts", "one network profile"
)
ACTIVE_PROFILE = _fixed(
    "0", "integer", None, "OCPPCommCtrlr.ActiveNetworkProfile", "one network profile"
)
GET_CONFIGURATION_MAX_KEYS = _fixed(
    "99", "integer", "GetConfigurationMaxKeys", None, "keys one GetConfiguration may name"
)

# --- authorization -----------------------------------------------------------------------------

AUTHORIZE_REMOTE_START = _flag(
    "false",
    "AuthorizeRemoteTxRequests",
    "AuthCtrlr.AuthorizeRemoteStart",
    "a remote start's tag is authorized like one presented at the reader",
)
LOCAL_PRE_AUTHORIZE = _flag(
    "false",
    "LocalPreAuthorize",
    "AuthCtrlr.LocalPreAuthorize",
    "online, a tag that the list or the cache accepts starts without waiting for the CSMS",
)
LOCAL_AUTHORIZE_OFFLINE = _flag(
    "true",
    "LocalAuthorizeOffline",
    "AuthCtrlr.LocalAuthorizeOffline",
    "offline, the list and the cache decide",
)
OFFLINE_TX_FOR_UNKNOWN = _flag(
    "false",
    "AllowOfflineTxForUnknownId",
    "AuthCtrlr.OfflineTxForUnknownIdEnabled",
    "offline, unknown tags may charge",
)
AUTH_ENABLED = _fixed(
    "true", "boolean", None, "AuthCtrlr.Enabled", "nobody charges without authorization"
)
CACHE_ENABLED = _flag(
    "true", "AuthorizationCacheEnabled", "AuthCacheCtrlr.Enabled", "answers about tags are kept"
)
CACHE_LIFETIME = _seconds(
    "0", None, "AuthCacheCtrlr.LifeTime", "how long a cached tag holds; 0: until it expires"
)
LOCAL_LIST_ENABLED = _flag(
    "true", "LocalAuthListEnabled", "LocalAuthListCtrlr.Enabled", "the local list is used"
)
LOCAL_LIST_MAX = _fixed(
    "10000", "integer", "LocalAuthListMaxLength", None, "entries the local list may have"
)
SEND_LOCAL_LIST_MAX = _fixed(
    "1000",
    "integer",
    "SendLocalListMaxLength",
    "LocalAuthListCtrlr.ItemsPerMessage",
    "entries one SendLocalList may bring",
)
LOCAL_LIST_BYTES = _fixed(
    "262144", "integer", None, "LocalAuthListCtrlr.BytesPerMessage", "the longest frame taken"
)

# --- transactions ------------------------------------------------------------------------------

TX_START_POINT = _setting(
    "PowerPathClosed",
    "list",
    None,
    "TxCtrlr.TxStartPoint",
    values=_TX_POINTS,
    minimum=1,
    about="a transaction starts at the first of these; 1.6 always at PowerPathClosed",
)
TX_STOP_POINT = _setting(
    "EVConnected,Authorized",
    "list",
    None,
    "TxCtrlr.TxStopPoint",
    values=_TX_POINTS,
    minimum=1,
    about="a transaction ends when any of these ends; 1.6 always as the default says",
)
CONNECTION_TIMEOUT = _seconds(
    "60",
    "ConnectionTimeOut",
    "TxCtrlr.EVConnectionTimeOut",
    "how long an authorization waits for the vehicle; 0: for ever",
)
STOP_ON_INVALID_ID = _flag(
    "true",
    "StopTransactionOnInvalidId",
    "TxCtrlr.StopTxOnInvalidId",
    "a transaction whose tag the CSMS refuses is stopped; else only its energy is",
)
MAX_ENERGY_ON_INVALID_ID = _setting(
    "0",
    "integer",
    "MaxEnergyOnInvalidId",
    "TxCtrlr.MaxEnergyOnInvalidId",
    maximum=1_000_000,
    unit="Wh",
    about="energy still given to a refused tag where its transaction goes on",
)
STOP_ON_EV_DISCONNECT = _flag(
    "true",
    "StopTransactionOnEVSideDisconnect",
    "TxCtrlr.StopTxOnEVSideDisconnect",
    "pulling the cable at the vehicle ends the authorization; else 2.x ends the transaction only"
    " where EVConnected or PowerPathClosed is a stop point, and 1.6 suspends it",
)
UNLOCK_ON_EV_DISCONNECT = _flag(
    "true",
    "UnlockConnectorOnEVSideDisconnect",
    "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
    "and releases the cable at the charger",
)
TX_BEFORE_ACCEPTED = _fixed(
    "false", "boolean", None, "TxCtrlr.TxBeforeAcceptedEnabled", "nobody charges before acceptance"
)
MINIMUM_STATUS_DURATION = _seconds(
    "0", "MinimumStatusDuration", None, "a status shorter than this is not reported"
)

# --- meter values ------------------------------------------------------------------------------

SAMPLE_INTERVAL = _seconds(
    "60",
    "MeterValueSampleInterval",
    "SampledDataCtrlr.TxUpdatedInterval",
    "seconds between the samples of a transaction; 0: none",
)
SAMPLED_MEASURANDS = _measurands(
    "Energy.Active.Import.Register,Power.Active.Import",
    "MeterValuesSampledData",
    "SampledDataCtrlr.TxUpdatedMeasurands",
    "what a sample holds",
)
STARTED_MEASURANDS = _measurands(
    "Energy.Active.Import.Register",
    None,
    "SampledDataCtrlr.TxStartedMeasurands",
    "what the first event of a transaction holds",
)
ENDED_MEASURANDS = _measurands(
    "",
    "StopTxnSampledData",
    "SampledDataCtrlr.TxEndedMeasurands",
    "what the end of a transaction holds; in 2.x an empty list means the register",
)
ENDED_INTERVAL = _seconds(
    "0",
    None,
    "SampledDataCtrlr.TxEndedInterval",
    "seconds between the samples kept for the end; 0: none between (1.6: the sample interval)",
)
CLOCK_ALIGNED_INTERVAL = _setting(
    "0",
    "integer",
    "ClockAlignedDataInterval",
    "AlignedDataCtrlr.Interval",
    maximum=86_400,
    unit="s",
    about="meter values at multiples of this from midnight; 0: none",
)
ALIGNED_MEASURANDS = _measurands(
    "Energy.Active.Import.Register",
    "MeterValuesAlignedData",
    "AlignedDataCtrlr.Measurands",
    "what a clock-aligned meter value holds",
)
ALIGNED_ENDED_MEASURANDS = _measurands(
    "",
    "StopTxnAlignedData",
    "AlignedDataCtrlr.TxEndedMeasurands",
    "clock-aligned measurands kept for the end of a transaction",
)
ALIGNED_ENDED_INTERVAL = _seconds(
    "0",
    None,
    "AlignedDataCtrlr.TxEndedInterval",
    "seconds between the clock-aligned values kept for the end; 1.6: ClockAlignedDataInterval",
)
ALIGNED_ONLY_IDLE = _flag(
    "false",
    None,
    "AlignedDataCtrlr.SendDuringIdle",
    "clock-aligned values are sent only while no transaction runs",
)
MEASURANDS_MAX = _fixed(
    "20", "integer", "MeterValuesSampledDataMaxLength", None, "members MeterValuesSampledData has"
)
ALIGNED_MAX = _fixed(
    "20", "integer", "MeterValuesAlignedDataMaxLength", None, "members MeterValuesAlignedData has"
)
STOP_SAMPLED_MAX = _fixed(
    "20", "integer", "StopTxnSampledDataMaxLength", None, "members StopTxnSampledData has"
)
STOP_ALIGNED_MAX = _fixed(
    "20", "integer", "StopTxnAlignedDataMaxLength", None, "members StopTxnAlignedData has"
)
STOP_MAX_METER_VALUES = _fixed(
    "50",
    "integer",
    "StopTransactionMaxMeterValues",
    None,
    "meter values the end of a transaction carries; beyond it, middle ones are thinned out",
)

# --- what the charger is -----------------------------------------------------------------------

NUMBER_OF_CONNECTORS = _fixed("1", "integer", "NumberOfConnectors", None, "from its specification")
FEATURE_PROFILES = _fixed(
    "Core,LocalAuthListManagement,RemoteTrigger",
    "list",
    "SupportedFeatureProfiles",
    None,
    "what works",
)
PHASE_ROTATION = _setting(
    "",
    "list",
    "ConnectorPhaseRotation",
    None,
    maximum=100,
    about="connector.rotation; from its specification where empty",
)
ITEMS_GET_REPORT = _fixed(
    "50", "integer", None, "DeviceDataCtrlr.ItemsPerMessage[GetReport]", "items a NotifyReport has"
)
ITEMS_GET_VARIABLES = _fixed(
    "50", "integer", None, "DeviceDataCtrlr.ItemsPerMessage[GetVariables]", "items taken at once"
)
ITEMS_SET_VARIABLES = _fixed(
    "50", "integer", None, "DeviceDataCtrlr.ItemsPerMessage[SetVariables]", "items taken at once"
)
BYTES_GET_REPORT = _fixed(
    "262144", "integer", None, "DeviceDataCtrlr.BytesPerMessage[GetReport]", "the longest frame"
)
BYTES_GET_VARIABLES = _fixed(
    "262144", "integer", None, "DeviceDataCtrlr.BytesPerMessage[GetVariables]", "the longest frame"
)
BYTES_SET_VARIABLES = _fixed(
    "262144", "integer", None, "DeviceDataCtrlr.BytesPerMessage[SetVariables]", "the longest frame"
)
TIME_SOURCE = _fixed(
    "Heartbeat",
    "sequence",
    None,
    "ClockCtrlr.TimeSource",
    "the CSMS sets the clock",
    ("Heartbeat",),
)
ORGANIZATION_NAME = _setting(
    "Voltyard", "text", "CpoName", "SecurityCtrlr.OrganizationName", about="the operator's name"
)
CERTIFICATE_ENTRIES = _fixed(
    "0", "integer", None, "SecurityCtrlr.CertificateEntries", "certificates are not kept"
)

ALL: tuple[Setting, ...] = tuple(_ALL)
"""In the order of the table."""

BY_KEY: dict[str, Setting] = {setting.key.lower(): setting for setting in ALL if setting.key}
"""OCPP 1.6 keys, lower case (a CiString50)."""

BY_VARIABLE: dict[str, Setting] = {
    setting.variable.lower(): setting for setting in ALL if setting.variable
}
"""OCPP 2.x `component.variable[instance]`, lower case."""

BY_NAME: dict[str, Setting] = BY_KEY | BY_VARIABLE
"""Either view."""
