"""Settings of the display."""

from voltyard.charger.variables.standard.declaring import fixed, flag

DISPLAY_ENABLED = flag(
    "true",
    None,
    "DisplayMessageCtrlr.Enabled",
    "display messages are taken; else SetDisplayMessage is Rejected",
)
DISPLAY_FORMATS = fixed(
    "ASCII,HTML,URI,UTF8",
    "list",
    None,
    "DisplayMessageCtrlr.SupportedFormats",
    "formats that display messages may have",
    values=("ASCII", "HTML", "URI", "UTF8"),
)
DISPLAY_PRIORITIES = fixed(
    "AlwaysFront,InFront,NormalCycle",
    "list",
    None,
    "DisplayMessageCtrlr.SupportedPriorities",
    "priorities that display messages may have",
    values=("AlwaysFront", "InFront", "NormalCycle"),
)
DISPLAY_STATES = fixed(
    "Charging,Faulted,Idle,Unavailable",
    "list",
    None,
    "DisplayMessageCtrlr.SupportedStates",
    "states of the charger that display messages may be for",
    values=("Charging", "Faulted", "Idle", "Unavailable"),
)
