"""Settings of smart charging."""

from voltyard.charger.variables.standard.declaring import fixed, flag, setting

SMART_CHARGING_ENABLED = fixed(
    "true", "boolean", None, "SmartChargingCtrlr.Enabled", "charging profiles are taken"
)
PROFILE_STACK_LEVEL = fixed(
    "20",
    "integer",
    "ChargeProfileMaxStackLevel",
    "SmartChargingCtrlr.ProfileStackLevel",
    "the highest stack level of a charging profile",
)
RATE_UNITS_16 = fixed(
    "Current,Power",
    "list",
    "ChargingScheduleAllowedChargingRateUnit",
    None,
    "units of limits; Power alone where a connector is DC",
    ("Current", "Power"),
)
RATE_UNITS = fixed(
    "A,W",
    "list",
    None,
    "SmartChargingCtrlr.RateUnit",
    "units of limits; W alone where a connector is DC",
    ("A", "W"),
)
PERIODS_PER_SCHEDULE = fixed(
    "100",
    "integer",
    "ChargingScheduleMaxPeriods",
    "SmartChargingCtrlr.PeriodsPerSchedule",
    "periods of a charging schedule",
)
CHARGING_PROFILES_MAX = fixed(
    "50",
    "integer",
    "MaxChargingProfilesInstalled",
    None,
    "charging profiles installed at a time",
)
PHASES_3_TO_1 = fixed(
    "true",
    "boolean",
    "ConnectorSwitch3to1PhaseSupported",
    "SmartChargingCtrlr.Phases3to1",
    "numberPhases below the connector's own switches phases off, also while charging",
)
PHASE_SWITCHING = fixed(
    "false",
    "boolean",
    None,
    "SmartChargingCtrlr.ACPhaseSwitchingSupported",
    "which phase is used cannot be chosen: phaseToUse is refused",
)
LIMIT_CHANGE_SIGNIFICANCE = setting(
    "1",
    "decimal",
    None,
    "SmartChargingCtrlr.LimitChangeSignificance",
    minimum=0,
    maximum=100,
    unit="Percent",
    about="a smaller change of power or of an external limit is not told",
)
EXTERNAL_CONTROL_SIGNALS = flag(
    "true",
    None,
    "SmartChargingCtrlr.ExternalControlSignalsEnabled",
    "limits that other systems set are heeded",
)
NOTIFY_LIMITS_WITH_SCHEDULES = flag(
    "true",
    None,
    "SmartChargingCtrlr.NotifyChargingLimitWithSchedules",
    "NotifyChargingLimit has the schedule of an external limit",
)
