"""Settings of the connection and its messages (OCPPCommCtrlr)."""

from voltyard.charger.variables.standard.declaring import fixed, flag, seconds, setting

HEARTBEAT_INTERVAL = setting(
    "300",
    "integer",
    "HeartbeatInterval",
    "OCPPCommCtrlr.HeartbeatInterval",
    minimum=1,
    maximum=86_400,
    unit="s",
    about="silence after which a Heartbeat is sent; the boot's answer sets it",
)
WEBSOCKET_PING_INTERVAL = setting(
    "0",
    "integer",
    "WebSocketPingInterval",
    "OCPPCommCtrlr.WebSocketPingInterval",
    maximum=31_536_000,
    unit="s",
    needs_reboot=True,
    about="0: this end sends no pings; taken up at the next connection, so RebootRequired",
)
MESSAGE_TIMEOUT = setting(
    "30",
    "integer",
    "MessageTimeout",
    "OCPPCommCtrlr.MessageTimeout[Default]",
    minimum=1,
    maximum=3_600,
    unit="s",
    about="how long a call waits for its answer",
)
MESSAGE_ATTEMPTS = setting(
    "3",
    "integer",
    "TransactionMessageAttempts",
    "OCPPCommCtrlr.MessageAttempts[TransactionEvent]",
    minimum=1,
    maximum=1_000,
    about="how often a transaction message is sent in all before it is given up",
)
MESSAGE_ATTEMPT_INTERVAL = seconds(
    "60",
    "TransactionMessageRetryInterval",
    "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]",
    "times the number of attempts made: the wait before the next",
)
OFFLINE_THRESHOLD = seconds(
    "60",
    None,
    "OCPPCommCtrlr.OfflineThreshold",
    "after a longer absence every connector's status is sent, else the changed ones",
)
BACKOFF_MINIMUM = seconds(
    "5", None, "OCPPCommCtrlr.RetryBackOffWaitMinimum", "wait before the first redial"
)
BACKOFF_RANDOM = seconds(
    "5", None, "OCPPCommCtrlr.RetryBackOffRandomRange", "at most added to each wait"
)
BACKOFF_REPEATS = setting(
    "5",
    "integer",
    None,
    "OCPPCommCtrlr.RetryBackOffRepeatTimes",
    maximum=20,
    about="how often the wait is doubled",
)
RESET_RETRIES = setting(
    "0",
    "integer",
    "ResetRetries",
    "OCPPCommCtrlr.ResetRetries",
    maximum=100,
    about="kept: a reset that cannot be done (ResetFailure) is rejected, not retried",
)
QUEUE_ALL_MESSAGES = fixed(
    "false", "boolean", None, "OCPPCommCtrlr.QueueAllMessages", "only transactions are queued"
)
FILE_TRANSFER_PROTOCOLS = fixed(
    "FTP,FTPS,HTTP,HTTPS",
    "list",
    "SupportedFileTransferProtocols",
    "OCPPCommCtrlr.FileTransferProtocols",
    "firmware is fetched and logs are sent so; FTPS is explicit TLS",
    ("FTP", "FTPS", "HTTP", "HTTPS", "SFTP"),
)
SESSIONS_PENDING_FIRMWARE = flag(
    "false",
    None,
    "ChargingStation.AllowNewSessionsPendingFirmwareUpdate",
    "sessions may begin while firmware waits for running ones to end before it is installed",
)
REVOKED_SIGNERS = setting(
    "",
    "text",
    "RevokedSigningCertificates",
    "SecurityCtrlr.RevokedSigningCertificates",
    about="ours: serial numbers, in hex, of certificates that may sign no firmware any more",
)
NETWORK_PRIORITY = setting(
    "0",
    "sequence",
    None,
    "OCPPCommCtrlr.NetworkConfigurationPriority",
    minimum=1,
    values=("0", "1", "2"),
    needs_reboot=True,
    about="network profiles in the order they are tried; 0 is the one the charger was made with",
)
NETWORK_ATTEMPTS = setting(
    "3",
    "integer",
    None,
    "OCPPCommCtrlr.NetworkProfileConnectionAttempts",
    minimum=1,
    maximum=100,
    about="dials with new credentials before those that worked are taken up again",
)
GET_CONFIGURATION_MAX_KEYS = fixed(
    "99", "integer", "GetConfigurationMaxKeys", None, "keys one GetConfiguration may name"
)
