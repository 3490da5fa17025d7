"""Settings of meter values: measurands and intervals."""

from voltyard.charger.variables.settings import Setting
from voltyard.charger.variables.standard.declaring import fixed, flag, seconds, setting

MEASURANDS = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Power.Offered",
    "Current.Import",
    "Current.Offered",
    "Voltage",
    "SoC",
    "Energy.Active.Import.Interval",
    "Frequency",
    "Power.Factor",
)
"""Measurands of the meter. Left out is what nothing here has: a temperature, a fan's RPM, and all
that is exported or reactive."""

_PHASED = ("Power.Active.Import", "Current.Import", "Voltage")
MEASURANDS_BY_PHASE = MEASURANDS + tuple(
    f"{measurand}.{phase}" for measurand in _PHASED for phase in ("L1", "L2", "L3")
)
"""With the phase suffixes 1.6 section 9.1.18 allows."""


def _measurands(default: str, key: str | None, variable: str, about: str) -> Setting:
    values = MEASURANDS_BY_PHASE if key else MEASURANDS
    return setting(default, "list", key, variable, values=values, maximum=20, about=about)


SAMPLE_INTERVAL = seconds(
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
ENDED_INTERVAL = seconds(
    "0",
    None,
    "SampledDataCtrlr.TxEndedInterval",
    "seconds between the samples kept for the end; 0: none between (1.6: the sample interval)",
)
CLOCK_ALIGNED_INTERVAL = setting(
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
ALIGNED_ENDED_INTERVAL = seconds(
    "0",
    None,
    "AlignedDataCtrlr.TxEndedInterval",
    "seconds between the clock-aligned values kept for the end; 1.6: ClockAlignedDataInterval",
)
ALIGNED_ONLY_IDLE = flag(
    "false",
    None,
    "AlignedDataCtrlr.SendDuringIdle",
    "clock-aligned values are sent only while no transaction runs",
)
MEASURANDS_MAX = fixed(
    "20", "integer", "MeterValuesSampledDataMaxLength", None, "members MeterValuesSampledData has"
)
ALIGNED_MAX = fixed(
    "20", "integer", "MeterValuesAlignedDataMaxLength", None, "members MeterValuesAlignedData has"
)
STOP_SAMPLED_MAX = fixed(
    "20", "integer", "StopTxnSampledDataMaxLength", None, "members StopTxnSampledData has"
)
STOP_ALIGNED_MAX = fixed(
    "20", "integer", "StopTxnAlignedDataMaxLength", None, "members StopTxnAlignedData has"
)
STOP_MAX_METER_VALUES = fixed(
    "50",
    "integer",
    "StopTransactionMaxMeterValues",
    None,
    "meter values the end of a transaction carries; beyond it, middle ones are thinned out",
)
