"""Settings of authorization, local list, cache and reservations."""

from voltyard.charger.variables.standard.declaring import fixed, flag, seconds, setting

AUTHORIZE_REMOTE_START = flag(
    "false",
    "AuthorizeRemoteTxRequests",
    "AuthCtrlr.AuthorizeRemoteStart",
    "a remote start's tag is authorized like one presented at the reader",
)
LOCAL_PRE_AUTHORIZE = flag(
    "false",
    "LocalPreAuthorize",
    "AuthCtrlr.LocalPreAuthorize",
    "online, a tag that the list or the cache accepts starts without waiting for the CSMS",
)
LOCAL_AUTHORIZE_OFFLINE = flag(
    "true",
    "LocalAuthorizeOffline",
    "AuthCtrlr.LocalAuthorizeOffline",
    "offline, the list and the cache decide",
)
OFFLINE_TX_FOR_UNKNOWN = flag(
    "false",
    "AllowOfflineTxForUnknownId",
    "AuthCtrlr.OfflineTxForUnknownIdEnabled",
    "offline, unknown tags may charge",
)
AUTH_ENABLED = fixed(
    "true", "boolean", None, "AuthCtrlr.Enabled", "nobody charges without authorization"
)
CACHE_ENABLED = flag(
    "true", "AuthorizationCacheEnabled", "AuthCacheCtrlr.Enabled", "answers about tags are kept"
)
CACHE_LIFETIME = seconds(
    "0",
    None,
    "AuthCacheCtrlr.LifeTime",
    "how long a cached tag that has no date of its own holds after it was last used; 0: for ever",
)
CACHE_IS_FINAL = flag(
    "false",
    None,
    "AuthCacheCtrlr.DisablePostAuthorize",
    "with LocalPreAuthorize: a tag that the cache does not accept is refused without a question",
)
MASTER_PASS_GROUP = setting(
    "",
    "text",
    None,
    "AuthCtrlr.MasterPassGroupId",
    maximum=36,
    about="tags of this group stop transactions: that of the reader's EVSE, else all of them; they"
    " begin none",
)
DISABLE_REMOTE_AUTHORIZATION = flag(
    "false",
    None,
    "AuthCtrlr.DisableRemoteAuthorization",
    "the list and the cache alone decide, and the CSMS is never asked",
)
LOCAL_LIST_ENABLED = flag(
    "true", "LocalAuthListEnabled", "LocalAuthListCtrlr.Enabled", "the local list is used"
)
LIST_IS_FINAL = flag(
    "false",
    None,
    "LocalAuthListCtrlr.DisablePostAuthorize",
    "with LocalPreAuthorize: a tag that the list does not accept is refused without a question",
)
LIST_EXPIRES = fixed(
    "true",
    "boolean",
    None,
    "LocalAuthListCtrlr.SupportsExpiryDateTime",
    "what is past its date in the list is Expired",
)
LOCAL_LIST_MAX = fixed(
    "10000", "integer", "LocalAuthListMaxLength", None, "entries the local list may have"
)
SEND_LOCAL_LIST_MAX = fixed(
    "1000",
    "integer",
    "SendLocalListMaxLength",
    "LocalAuthListCtrlr.ItemsPerMessage",
    "entries one SendLocalList may bring",
)
LOCAL_LIST_BYTES = fixed(
    "262144", "integer", None, "LocalAuthListCtrlr.BytesPerMessage", "the longest frame taken"
)

RESERVATIONS = flag(
    "true", None, "ReservationCtrlr.Enabled", "reservations are taken; else ReserveNow is Rejected"
)
RESERVE_ANY = fixed(
    "true",
    "boolean",
    "ReserveConnectorZeroSupported",
    "ReservationCtrlr.NonEvseSpecific",
    "a reservation may be of no place in particular",
)
