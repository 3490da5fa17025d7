"""Settings of ISO 15118: the V2G certificate, and Plug and Charge."""

from voltyard.charger.variables.standard.declaring import flag, setting

ISO15118_ENABLED = flag(
    "true",
    None,
    "ISO15118Ctrlr.Enabled",
    "the charger speaks ISO 15118 with vehicles that do; set where the charger is made",
    "ReadOnly",
)

V2G_INSTALLATION = flag(
    "true",
    None,
    "ISO15118Ctrlr.V2GCertificateInstallationEnabled",
    "a V2G certificate that came by SignCertificate is asked for anew before its end",
)
SECC_ID = setting(
    "",
    "text",
    None,
    "ISO15118Ctrlr.SeccId",
    maximum=38,
    about="common name of the V2G certificate; the serial number or identity where empty",
)
V2G_ORGANIZATION = setting(
    "",
    "text",
    None,
    "ISO15118Ctrlr.OrganizationName",
    maximum=64,
    about="organization in the V2G certificate; SecurityCtrlr.OrganizationName where empty",
)
PNC_ENABLED = flag(
    "true",
    None,
    "ISO15118Ctrlr.PnCEnabled",
    "vehicles authorize themselves with their contract certificates",
)
CENTRAL_VALIDATION = flag(
    "true",
    None,
    "ISO15118Ctrlr.CentralContractValidationAllowed",
    "a contract of a root that is not installed is handed to the CSMS; else it is refused",
)
VALIDATION_OFFLINE = flag(
    "true",
    None,
    "ISO15118Ctrlr.ContractValidationOffline",
    "offline, contracts are validated here, and their eMAIDs are decided on like tags; else they"
    " are refused",
)
CONTRACT_INSTALLATION = flag(
    "true",
    None,
    "ISO15118Ctrlr.ContractCertificateInstallationEnabled",
    "vehicles get contract certificates over the CSMS",
)
