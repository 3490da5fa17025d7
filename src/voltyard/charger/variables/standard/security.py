"""Settings of security: passwords, certificates and the security profile."""

from voltyard.charger.variables.standard.declaring import fixed, setting

CERTIFICATE_ENTRIES_MAX = fixed(
    "20", "integer", "CertificateStoreMaxLength", None, "root certificates that may be installed"
)
CERTIFICATE_CHAIN_MAX = fixed(
    "10000",
    "integer",
    "CertificateSignedMaxChainSize",
    "SecurityCtrlr.MaxCertificateChainSize",
    "characters of the longest chain that CertificateSigned may bring",
)
CERT_SIGNING_WAIT = setting(
    "60",
    "integer",
    None,
    "SecurityCtrlr.CertSigningWaitMinimum",
    minimum=1,
    maximum=31_536_000,
    unit="s",
    about="how long a certificate is waited for before it is asked for again; doubled each time",
)
CERT_SIGNING_REPEATS = setting(
    "3",
    "integer",
    None,
    "SecurityCtrlr.CertSigningRepeatTimes",
    maximum=20,
    about="how often it is asked for again",
)
AUTHORIZATION_KEY = setting(
    "",
    "text",
    "AuthorizationKey",
    None,
    "WriteOnly",
    about="the password, 16 to 20 bytes in hexadecimal; the link is opened anew with it",
)
BASIC_AUTH_PASSWORD = setting(
    "",
    "text",
    None,
    "SecurityCtrlr.BasicAuthPassword",
    "WriteOnly",
    about="the password, 16 to 40 characters; the link is opened anew with it",
)
SECURITY_PROFILE = setting(
    "0",
    "integer",
    "SecurityProfile",
    None,
    maximum=3,
    about="can only be raised; the link is opened anew with it",
)
ROOT_CHECK = setting(
    "false",
    "boolean",
    "AdditionalRootCertificateCheck",
    "SecurityCtrlr.AdditionalRootCertificateCheck",
    "ReadOnly",
    about="a new CSMS root must be signed by the one it replaces; set where the charger is made",
)
