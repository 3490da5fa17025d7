"""Settings of transactions: start and stop points, time-outs, refused tokens."""

from voltyard.charger.variables.standard.declaring import fixed, flag, seconds, setting

_TX_POINTS = (
    "ParkingBayOccupancy",
    "EVConnected",
    "Authorized",
    "PowerPathClosed",
    "EnergyTransfer",
)

TX_START_POINT = setting(
    "PowerPathClosed",
    "list",
    None,
    "TxCtrlr.TxStartPoint",
    values=_TX_POINTS,
    minimum=1,
    about="a transaction starts at the first of these; 1.6 always at PowerPathClosed",
)
TX_STOP_POINT = setting(
    "EVConnected,Authorized",
    "list",
    None,
    "TxCtrlr.TxStopPoint",
    values=_TX_POINTS,
    minimum=1,
    about="a transaction ends when any of these ends; 1.6 always as the default says",
)
CONNECTION_TIMEOUT = seconds(
    "60",
    "ConnectionTimeOut",
    "TxCtrlr.EVConnectionTimeOut",
    "how long an authorization waits for the vehicle; 0: for ever",
)
STOP_ON_INVALID_ID = flag(
    "true",
    "StopTransactionOnInvalidId",
    "TxCtrlr.StopTxOnInvalidId",
    "a transaction whose tag the CSMS refuses is stopped; else only its energy is",
)
MAX_ENERGY_ON_INVALID_ID = setting(
    "0",
    "integer",
    "MaxEnergyOnInvalidId",
    "TxCtrlr.MaxEnergyOnInvalidId",
    maximum=1_000_000,
    unit="Wh",
    about="energy still given to a refused tag where its transaction goes on",
)
STOP_ON_EV_DISCONNECT = flag(
    "true",
    "StopTransactionOnEVSideDisconnect",
    "TxCtrlr.StopTxOnEVSideDisconnect",
    "pulling the cable at the vehicle ends the authorization; else 2.x ends the transaction only"
    " where EVConnected or PowerPathClosed is a stop point, and 1.6 suspends it",
)
UNLOCK_ON_EV_DISCONNECT = flag(
    "true",
    "UnlockConnectorOnEVSideDisconnect",
    "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
    "and releases the cable at the charger",
)
TX_BEFORE_ACCEPTED = fixed(
    "false", "boolean", None, "TxCtrlr.TxBeforeAcceptedEnabled", "nobody charges before acceptance"
)
MINIMUM_STATUS_DURATION = seconds(
    "0",
    "MinimumStatusDuration",
    "ChargingStation.MinimumStatusDuration",
    "a status shorter than this is not reported",
)
