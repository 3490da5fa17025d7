"""Settings of tariff and cost (block I)."""

from voltyard.charger.variables.standard.declaring import fixed, flag, setting

TARIFF_AVAILABLE = fixed(
    "true", "boolean", None, "TariffCostCtrlr.Available[Tariff]", "tariffs can be shown"
)
TARIFF_ENABLED = flag(
    "true",
    None,
    "TariffCostCtrlr.Enabled[Tariff]",
    "the tariff of a personalMessage is shown; else it is left out of what a driver sees",
)
COST_AVAILABLE = fixed(
    "true", "boolean", None, "TariffCostCtrlr.Available[Cost]", "costs can be shown"
)
COST_ENABLED = flag(
    "true",
    None,
    "TariffCostCtrlr.Enabled[Cost]",
    "running and total costs are shown; else CostUpdated is NotSupported",
)
CURRENCY = setting(
    "EUR",
    "text",
    None,
    "TariffCostCtrlr.Currency",
    maximum=3,
    about="of all costs, by ISO 4217",
)
TARIFF_FALLBACK = setting(
    "",
    "text",
    None,
    "TariffCostCtrlr.TariffFallbackMessage",
    maximum=255,
    about="shown to a driver of whose tariff the CSMS has said nothing",
)
TOTAL_COST_FALLBACK = setting(
    "",
    "text",
    None,
    "TariffCostCtrlr.TotalCostFallbackMessage",
    maximum=255,
    about="shown at the end of a transaction whose total cost the CSMS has not said",
)
